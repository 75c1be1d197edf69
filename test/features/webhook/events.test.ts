import { describe, expect, test } from 'vitest';
import { aws, settleProfile, type Texts } from '../../../src/core/injection/index.ts';
import { Refusal, refuse } from '../../../src/core/refusals/index.ts';
import {
  type AdmissionRecord,
  createAdmissionHandler,
  createEventTeller,
} from '../../../src/features/webhook/index.ts';
import { httpRequest } from '../platform.ts';

const key = 'eks.amazonaws.com/role-arn';
const refusal = refuse('role-malformed', { role: 'arn:nonsense', source: `annotation ${key}`, expected: 'an ARN' });

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
  refusal,
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
  /** What the watch has brought. */
  const known = new Map<string, Texts>([['shop/cart', { [key]: 'arn:nonsense' }]]);
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const tell = createEventTeller({
    known: (namespace, name) => known.get(`${namespace}/${name}`),
    uidOf: async (namespace, name) => {
      asked.push(name);
      return known.has(`${namespace}/${name}`) ? `uid of ${name}` : undefined;
    },
    createEvent: (namespace, event) => Promise.resolve(created.push({ namespace, event })),
    now: () => Date.UTC(2026, 10, 21, 12),
    elapsed: () => clock.elapsed,
    after: (_, run) => waiting.push(run),
    instance: 'podiam-webhook-0',
    onTrouble: (error) => troubles.push(error),
  });
  const told = async () => {
    for (const run of waiting.splice(0)) run();
    await new Promise((resolve) => setImmediate(resolve));
    return created;
  };
  return { asked, clock, created, known, tell, told, troubles, waiting };
}

describe('an event', () => {
  test('regards the service account by its uid, and says what is wrong and what to do', async () => {
    const { tell, told } = setUp();
    tell(refused);
    expect(await told()).toMatchObject([
      {
        namespace: 'shop',
        event: {
          metadata: { generateName: 'cart-', namespace: 'shop' },
          eventTime: '2026-11-21T12:00:00.000000Z',
          reason: 'RoleRefused',
          type: 'Warning',
          regarding: { kind: 'ServiceAccount', namespace: 'shop', name: 'cart', uid: 'uid of cart' },
          note: refusal.explain(),
        },
      },
    ]);
  });

  test('has a note of as many bytes as the API takes, and no half of a sign', async () => {
    const { tell, told } = setUp();
    const long = refuse('role-not-allowed', {
      role: '€'.repeat(290),
      source: '€'.repeat(290),
      namespace: '€'.repeat(290),
      list: 'x',
    });
    tell({ ...refused, refusal: long });
    const note = String((await told())[0]?.event['note']);
    expect(Buffer.byteLength(note)).toBeGreaterThan(1000);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(long.explain().startsWith(note)).toBe(true);
  });

  test.each([
    ['a dry run', { dryRun: true }],
    ['what was injected', { outcome: 'injected' }],
    ['what was left alone', { outcome: 'left' }],
    ['a review that names no service account', { serviceAccount: '' }],
  ] as const)('is not made for %s', async (_, changed) => {
    const { tell, told } = setUp();
    tell({ ...refused, ...changed });
    expect(await told()).toEqual([]);
  });

  test('is made once in ten minutes for the same account and reason', async () => {
    const { clock, tell, told } = setUp();
    for (let i = 0; i < 100; i++) tell(refused);
    tell({ ...refused, code: 'role-not-allowed' });
    expect(await told()).toHaveLength(2);
    clock.elapsed = 11 * 60_000;
    tell(refused);
    expect(await told()).toHaveLength(3);
  });

  test('A21 thousands of bad accounts make thirty events a minute, and ten of them in one namespace', async () => {
    const { clock, known, tell, told } = setUp();
    const tellOf = (namespace: string, serviceAccount: string) => {
      known.set(`${namespace}/${serviceAccount}`, {});
      tell({ ...refused, namespace, serviceAccount });
    };
    for (let i = 0; i < 5000; i++) tellOf('noisy', `account-${i}`);
    expect(await told()).toHaveLength(10);
    for (let i = 0; i < 5000; i++) tellOf(`other-${i}`, 'web');
    expect(await told()).toHaveLength(30);
    clock.elapsed = 61_000;
    tellOf('noisy', 'another');
    expect(await told()).toHaveLength(31);
  });
});

describe('A18 what a stranger says of the cluster', () => {
  const forged = { ...refused, kind: 'ServiceAccount', claimed: { key, value: 'arn:forged' } };

  test('is told of no account that does not exist, and nobody is asked about it', async () => {
    const { asked, tell, told } = setUp();
    for (let i = 0; i < 100; i++) tell({ ...forged, namespace: 'kube-system', serviceAccount: `victim-${i}` });
    tell({ ...refused, namespace: 'kube-system', serviceAccount: 'victim' });
    expect([await told(), asked]).toEqual([[], []]);
  });

  test('is told of no account that says otherwise, and leaves room for the truth', async () => {
    const { asked, known, tell, told } = setUp();
    for (let i = 0; i < 2000; i++) {
      known.set(`shop/account-${i}`, { [key]: 'arn:aws:iam::111122223333:role/s3' });
      tell({ ...forged, serviceAccount: `account-${i}` });
    }
    tell(refused);
    expect(await told()).toMatchObject([{ event: { regarding: { name: 'cart' } } }]);
    expect(asked).toEqual(['cart']);
  });

  test('waits in bounded number', async () => {
    const { tell, waiting } = setUp();
    for (let i = 0; i < 5000; i++) tell({ ...forged, serviceAccount: `victim-${i}` });
    expect(waiting).toHaveLength(1000);
  });

  test.each([
    ['written as reviewed', { [key]: 'arn:forged' }, 1],
    ['written otherwise', { [key]: 'arn:other' }, 0],
    ['written without it', {}, 0],
  ])('is told once the account is there, %s', async (_, annotations, count) => {
    const { created, known, tell, told } = setUp();
    tell({ ...forged, serviceAccount: 'new' });
    expect(created).toEqual([]);
    known.set('shop/new', annotations);
    expect(await told()).toHaveLength(count);
  });

  test('is compared with what it was refused for', async () => {
    const { known, tell, told } = setUp();
    const profile = settleProfile(aws, {});
    if (profile instanceof Refusal) throw new Error(profile.explain());
    const handler = createAdmissionHandler({
      config: () => ({ profiles: [profile] }),
      onRefusal: 'warn',
      findServiceAccount: () => undefined,
      log: tell,
    });
    const review = (name: string) => {
      const object = { metadata: { name, namespace: 'shop', annotations: { [key]: 'arn:nonsense' } } };
      const request = {
        uid: 'u',
        kind: { kind: 'ServiceAccount' },
        operation: 'CREATE',
        namespace: 'shop',
        name,
        object,
      };
      const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
      const headers = { 'content-type': 'application/json' };
      return handler(httpRequest({ method: 'POST', target: '/mutate', headers, body }));
    };
    known.set('shop/innocent', { [key]: 'arn:aws:iam::111122223333:role/s3' });
    for (const name of ['cart', 'innocent', 'absent']) await review(name);
    expect(await told()).toMatchObject([
      { event: { regarding: { name: 'cart' }, note: expect.stringContaining('‘arn:nonsense’') } },
    ]);
  });
});
