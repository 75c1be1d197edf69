import { expect, test } from 'vitest';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import { onlyCertified, vetCertified, withHealth } from '../../../src/features/webhook/index.ts';

const answered = { status: 200, headers: {}, body: 'judged' };
const served = withHealth(
  { unreadyBecause: () => [] },
  onlyCertified(() => answered),
);

function requestOf(path: string, certified: boolean | undefined): HttpRequest {
  const peer = { address: '127.0.0.1', encrypted: true, ...(certified !== undefined && { certified }) };
  const method = path === '/mutate' ? 'POST' : 'GET';
  return { method, target: path, path, query: '', rawHeaders: [], body: new Uint8Array(), peer };
}

test('A19 admission is judged for clients that are known by their certificate', async () => {
  expect(await served(requestOf('/mutate', true))).toBe(answered);
});

test.each([false, undefined])(
  'A19 others are refused before their review is read (certified: %s)',
  async (certified) => {
    const { status, body } = await served(requestOf('/mutate', certified));
    expect(status).toBe(403);
    expect(JSON.parse(String(body))).toMatchObject({
      kind: 'Status',
      code: 403,
      reason: 'Forbidden',
      details: { causes: [{ reason: 'admission-client-unknown' }] },
    });
    expect((await served(requestOf('/anything', certified))).status).toBe(403);
  },
);

test.each(['/healthz', '/health', '/readyz'])(
  'a kubelet, which has no certificate, is answered on %s',
  async (path) => {
    expect((await served(requestOf(path, false))).status).toBe(200);
  },
);

test('A19 a stranger’s head is refused as his review would be, so that nothing of it is held; a probe is let through', async () => {
  for (const certified of [false, undefined]) {
    const request = requestOf('/mutate', certified);
    expect(vetCertified(request)).toEqual(await served(request));
    expect(vetCertified(requestOf('/readyz', certified))).toBeUndefined();
  }
  expect(vetCertified(requestOf('/mutate', true))).toBeUndefined();
});
