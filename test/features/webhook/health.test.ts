import { describe, expect, test } from 'vitest';
import { jsonResponse } from '../../../src/core/wire/index.ts';
import { withHealth } from '../../../src/features/webhook/index.ts';
import { httpRequest } from '../platform.ts';

const reasons: string[] = [];
const handler = withHealth({ unreadyBecause: () => reasons }, () => jsonResponse(200, 'next'));

describe('probes', () => {
  test.each(['/healthz', '/health'])('%s says alive, ready or not', async (target) => {
    reasons.splice(0, reasons.length, 'no certificate is served yet');
    expect(await handler(httpRequest({ target }))).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('/readyz says why not', async () => {
    reasons.splice(0, reasons.length, 'the service accounts are not listed yet', 'it is shutting down');
    expect(await handler(httpRequest({ target: '/readyz' }))).toMatchObject({
      status: 503,
      body: 'the service accounts are not listed yet\nit is shutting down\n',
    });
    reasons.splice(0);
    expect(await handler(httpRequest({ target: '/readyz?verbose' }))).toMatchObject({ status: 200 });
  });

  test('other methods are refused, other paths go on', async () => {
    expect(await handler(httpRequest({ method: 'POST', target: '/readyz' }))).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect(await handler(httpRequest({ method: 'POST', target: '/mutate' }))).toMatchObject({ body: '"next"' });
  });
});
