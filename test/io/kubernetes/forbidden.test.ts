import { afterEach, expect, test } from 'vitest';
import { defaultBackoff, Failures } from '../../../src/io/kubernetes/backoff.ts';
import { StatusError, watchResources } from '../../../src/io/kubernetes/index.ts';
import { statusError } from '../../../src/io/kubernetes/status.ts';
import { apiServer, clientOf, closeAll, later, plainConnection, until } from './surroundings.ts';

afterEach(closeAll);

const forbidden = statusError({ kind: 'Status', reason: 'Forbidden', message: 'may not' }, { code: 403 });
const away = new Error('connection refused');

test('F2 a right that is missing is waited for ever longer, up to five minutes and never alike, and told of once', () => {
  const failures = new Failures(defaultBackoff, () => 0.5);
  const told = Array.from({ length: 15 }, () => failures.add(forbidden));
  expect(told.map(({ delayMs }) => delayMs / 150)).toEqual([
    1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1500, 1500, 1500, 1500,
  ]);
  expect(told.map(({ isNews }) => isNews)).toEqual([true, ...Array.from({ length: 14 }, () => false)]);
  const delays = [0, 0.5, 0.999].map((random) => {
    const patient = new Failures(defaultBackoff, () => random);
    return Array.from({ length: 20 }, () => patient.add(forbidden).delayMs).at(-1) ?? 0;
  });
  expect(new Set(delays).size).toBe(3);
  expect(Math.max(...delays)).toBeLessThanOrEqual(300_000);
});

test('F2 what API servers forbid while they start is tried again soon, however long they were away', () => {
  const failures = new Failures(defaultBackoff, () => 0.5);
  for (let i = 0; i < 200; i++) expect(failures.add(away).delayMs).toBeLessThanOrEqual(3000);
  expect(failures.add(forbidden)).toEqual({ failures: 201, delayMs: 150, isNews: true });
  expect(failures.add(forbidden)).toMatchObject({ delayMs: 300, isNews: false });
  expect(failures.add(away)).toMatchObject({ delayMs: 2250, isNews: true });
  failures.clear();
  expect(failures.add(away)).toEqual({ failures: 1, delayMs: 150, isNews: true });
});

test('F2 a watch without its right tells of it once, asks ever more seldom, and goes on within its pause when the right is there', async () => {
  const api = await apiServer();
  api.putServiceAccount('shop', 'web');
  api.fail({ status: 403, reason: 'Forbidden' });
  const troubles: Error[] = [];
  const watch = watchResources({
    client: clientOf(plainConnection(api)),
    path: '/api/v1/serviceaccounts',
    keep: ({ name }) => name,
    backoff: { firstMs: 1, mostMs: 1, mostForbiddenMs: 64 },
    onTrouble: ({ error }) => troubles.push(error),
  });
  later(watch.close);
  await until(() => watch.stats().restarts >= 8, 'failures');
  expect(troubles).toHaveLength(1);
  expect(troubles[0]).toBeInstanceOf(StatusError);
  api.recover();
  await watch.synced;
  expect(watch.get('shop', 'web')).toEqual({ known: true, value: 'web' });
  await until(() => api.streams.size === 1, 'the watch');
  api.fail({ status: 403, reason: 'Forbidden' });
  api.dropConnections();
  await until(() => troubles.length >= 3, 'what is told of the next time');
  expect(troubles).toHaveLength(3);
});
