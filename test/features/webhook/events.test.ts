import { describe, expect, test } from 'vitest';
import { type AdmissionRecord, createEventTeller } from '../../../src/features/webhook/index.ts';

const refused: AdmissionRecord = {
  uid: 'u',
  kind: 'Pod',
  operation: 'CREATE',
  namespace: 'shop',
  name: 'cart-',
  serviceAccount: 'cart',
  outcome: 'refused',
  code: 'role-malformed',
  reason: 'refused: no role',
  cause: undefined,
  profile: '',
  method: '',
  allowed: true,
  warnings: [],
  dryRun: false,
};

function setUp() {
  const clock = { elapsed: 0 };
  const created: { namespace: string; event: Readonly<Record<string, unknown>> }[] = [];
  const troubles: unknown[] = [];
  const tell = createEventTeller({
    createEvent: (namespace, event) => Promise.resolve(created.push({ namespace, event })),
    now: () => Date.UTC(2026, 10, 21, 12),
    elapsed: () => clock.elapsed,
    instance: 'podiam-webhook-0',
    onTrouble: (error) => troubles.push(error),
  });
  return { clock, created, troubles, tell };
}

describe('an event', () => {
  test('regards the service account, and says what is wrong', () => {
    const { created, tell } = setUp();
    tell(refused);
    expect(created).toMatchObject([
      {
        namespace: 'shop',
        event: {
          metadata: { generateName: 'cart-', namespace: 'shop' },
          eventTime: '2026-11-21T12:00:00.000000Z',
          reason: 'RoleRefused',
          type: 'Warning',
          regarding: { kind: 'ServiceAccount', namespace: 'shop', name: 'cart' },
          note: 'refused: no role',
        },
      },
    ]);
  });

  test.each([
    ['a dry run', { dryRun: true }],
    ['what was injected', { outcome: 'injected' }],
    ['what was left alone', { outcome: 'left' }],
    ['a review that names no service account', { serviceAccount: '' }],
  ] as const)('is not made for %s', (_, changed) => {
    const { created, tell } = setUp();
    tell({ ...refused, ...changed });
    expect(created).toEqual([]);
  });

  test('is made once in ten minutes for the same account and reason', () => {
    const { clock, created, tell } = setUp();
    for (let i = 0; i < 100; i++) tell(refused);
    tell({ ...refused, code: 'role-not-allowed' });
    expect(created).toHaveLength(2);
    clock.elapsed = 11 * 60_000;
    tell(refused);
    expect(created).toHaveLength(3);
  });

  test('A21 thousands of bad accounts make thirty events a minute', () => {
    const { clock, created, tell } = setUp();
    for (let i = 0; i < 5000; i++) tell({ ...refused, serviceAccount: `account-${i}` });
    expect(created).toHaveLength(30);
    clock.elapsed = 61_000;
    tell({ ...refused, serviceAccount: 'another' });
    expect(created).toHaveLength(31);
  });
});
