import { expect, test } from 'vitest';
import { refuse } from '../../../src/core/refusals/index.ts';
import { createReadiness, withHealth } from '../../../src/features/webhook/index.ts';
import { httpRequest } from '../platform.ts';

type Sources = Parameters<typeof createReadiness>[0];

async function answer(changes: Partial<Sources>) {
  const well: Sources = {
    isDraining: () => false,
    isListed: () => true,
    unknown: [() => undefined],
    certificate: () => ({ ready: () => true, trouble: () => undefined }),
  };
  const handler = withHealth(createReadiness({ ...well, ...changes }), () => ({ status: 404, headers: {}, body: '' }));
  const { body, status } = await handler(httpRequest({ target: '/readyz' }));
  return [status, body];
}

const trouble = () => refuse('certificate-of-others', { until: '2026-12-01T00:00:00.000Z' });

test.each<[string, Partial<Sources>, number, string]>([
  ['all is well', {}, 200, /^ok\n$/.source],
  ['it is shutting down', { isDraining: () => true }, 503, 'shutting down'],
  ['nothing is listed yet', { isListed: () => false }, 503, 'not listed yet'],
  [
    'a mapping is not known',
    { unknown: [() => 'the role mapping is not known: x'] },
    503,
    'role mapping is not known: x',
  ],
  ['no certificate is looked after yet', { certificate: () => undefined }, 503, 'no certificate is served'],
  ['none is served, and why', { certificate: () => ({ ready: () => false, trouble }) }, 503, 'certificate-of-others: '],
  [
    'one of others is served',
    { certificate: () => ({ ready: () => true, trouble }) },
    200,
    '^ok\ncertificate-of-others: ',
  ],
])('what /readyz says where %s', async (_, changes, status, pattern) => {
  expect(await answer(changes)).toEqual([status, expect.stringMatching(pattern)]);
});
