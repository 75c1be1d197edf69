import { array, assert, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Authority,
  type Certificate,
  type CertificateState,
  certificateDefaults,
  type Observations,
  type PlanContext,
  planCertificates,
  type Step,
} from '../../../src/core/certificates/index.ts';

const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;
const start = Date.UTC(2026, 10, 21);
const name = 'podiam-webhook.podiam-system.svc';

function certificate(fingerprint: string, [from, until]: readonly [number, number], names = [name]): Certificate {
  return {
    pem: fingerprint,
    fingerprint,
    notBefore: start + from - hour,
    notAfter: start + until,
    isAuthority: fingerprint.startsWith('ca'),
    covers: (asked) => names.includes(asked),
    isIssuedBy: () => true,
    fitsKey: () => true,
  };
}

const oldCa: Authority = { certificate: certificate('ca-1', [0, 90 * day]), key: 'key' };
const nextCa: Authority = { certificate: certificate('ca-2', [60 * day, 150 * day]), key: 'key' };
const retired = (authority: Authority): Authority => ({ ...authority, key: undefined });
const leafOf = (issuer: Authority, from: number, until = from + 10 * day, names = [name]) => ({
  certificate: certificate('leaf', [from, until], names),
  chain: 'leaf',
  key: 'key',
  issuer: issuer.certificate.fingerprint,
});

const trustedFor = (ms: number): Observations['trusted'] => ({ kind: 'for', ms });

function contextAt(time: number, rest: Partial<PlanContext> = {}): PlanContext {
  return {
    ...certificateDefaults,
    names: [name],
    now: start + time,
    trusted: trustedFor(day),
    mayTell: true,
    leafForMs: day,
    stored: true,
    ...rest,
  };
}

interface Case {
  readonly what: string;
  readonly authorities: readonly Authority[];
  readonly leaf?: CertificateState['leaf'];
  readonly previousUntil?: number;
  readonly at: number;
  readonly context?: Partial<PlanContext>;
  readonly expected: Step['kind'] | 'nothing';
}

const during = { authorities: [oldCa, nextCa], leaf: leafOf(oldCa, 58 * day) };
const moved = {
  authorities: [nextCa, retired(oldCa)],
  leaf: leafOf(nextCa, 60 * day),
  previousUntil: start + 68 * day,
};

/** As a signer of the cluster makes it: for a year, and its authority is not in the Secret. */
const others = { authorities: [], leaf: { ...leafOf(oldCa, 0, 365 * day), issuer: undefined } };
const lateCa: Authority = { certificate: certificate('ca-3', [361 * day, 451 * day]), key: 'key' };
const ready = { ...others, authorities: [lateCa] };
const blind = { mayTell: false, trusted: { kind: 'unreadable' } } as const;

const cases: readonly Case[] = [
  { what: 'an empty Secret', authorities: [], at: 0, expected: 'found' },
  {
    what: 'an authority without key and no leaf either',
    authorities: [retired(oldCa)],
    at: day,
    expected: 'found',
  },
  {
    what: 'a young leaf of a young authority',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 0),
    at: day,
    expected: 'nothing',
  },
  { what: 'no leaf', authorities: [oldCa], at: day, expected: 'issue' },
  {
    what: 'a leaf of another authority',
    authorities: [oldCa],
    leaf: leafOf(nextCa, 0),
    at: day,
    expected: 'issue',
  },
  {
    what: 'a leaf for another name',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 0, 10 * day, ['other.svc']),
    at: day,
    expected: 'issue',
  },
  {
    what: 'a leaf a moment before a third of its life is left',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 0),
    at: 10 * day - (10 * day) / 3 - minute,
    expected: 'nothing',
  },
  {
    what: 'a leaf with a third of its life left',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 0),
    at: 10 * day - (10 * day) / 3 + minute,
    expected: 'issue',
  },
  { what: 'an expired leaf', authorities: [oldCa], leaf: leafOf(oldCa, 0), at: 11 * day, expected: 'issue' },
  {
    what: 'a due leaf that already ends with its authority',
    authorities: [oldCa, nextCa],
    leaf: leafOf(oldCa, 80 * day, 90 * day),
    at: 88 * day,
    context: { trusted: { kind: 'not' } },
    expected: 'nothing',
  },
  {
    what: 'an authority a moment before a third of its life is left',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 58 * day),
    at: 60 * day - hour,
    expected: 'nothing',
  },
  {
    what: 'an authority with a third of its life left',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 58 * day),
    at: 60 * day + hour,
    expected: 'begin',
  },
  {
    what: 'an authority whose key is not there',
    authorities: [retired(oldCa)],
    leaf: leafOf(oldCa, 0),
    at: day,
    expected: 'begin',
  },
  {
    what: 'an authority that has expired along with its leaf',
    authorities: [oldCa],
    leaf: leafOf(oldCa, 80 * day, 90 * day),
    at: 100 * day,
    expected: 'begin',
  },
  {
    what: 'a next authority that clients do not trust yet',
    ...during,
    at: 61 * day,
    context: { trusted: { kind: 'not' } },
    expected: 'nothing',
  },
  {
    what: 'a next authority that clients trust since a moment',
    ...during,
    at: 61 * day,
    context: { trusted: trustedFor(5 * minute - 1) },
    expected: 'nothing',
  },
  {
    what: 'a next authority that clients trust for long enough',
    ...during,
    at: 61 * day,
    context: { trusted: trustedFor(5 * minute) },
    expected: 'move',
  },
  {
    what: 'a next authority where nobody can see whom clients trust',
    ...during,
    leaf: leafOf(oldCa, 70 * day),
    at: 74 * day,
    context: { trusted: { kind: 'unreadable' } },
    expected: 'nothing',
  },
  {
    what: 'the same, when half of what was left has passed',
    ...during,
    leaf: leafOf(oldCa, 70 * day),
    at: 75 * day + hour,
    context: { trusted: { kind: 'unreadable' } },
    expected: 'move',
  },
  {
    what: 'a leaf that is due while the next authority is not trusted yet',
    ...during,
    at: 66 * day,
    context: { trusted: { kind: 'not' } },
    expected: 'issue',
  },
  {
    what: 'an expired authority whose successor is trusted since a moment',
    authorities: [oldCa, nextCa],
    leaf: leafOf(oldCa, 80 * day, 90 * day),
    at: 95 * day,
    context: { trusted: trustedFor(0) },
    expected: 'move',
  },
  {
    what: 'a damaged leaf, its authority without key, and a successor that is trusted since a moment',
    authorities: [retired(oldCa), nextCa],
    at: 61 * day,
    context: { trusted: trustedFor(0) },
    expected: 'move',
  },
  { what: 'a previous authority that has leaves left', ...moved, at: 62 * day, expected: 'nothing' },
  {
    what: 'a previous authority whose last leaf has run out',
    ...moved,
    at: 69 * day,
    leaf: leafOf(nextCa, 66 * day),
    expected: 'drop',
  },
  {
    what: 'a previous authority, and a leaf that other replicas may not serve yet',
    ...moved,
    leaf: leafOf(nextCa, 66 * day),
    at: 69 * day,
    context: { leafForMs: minute },
    expected: 'nothing',
  },
  {
    what: 'a previous authority of which nothing is known stays until it ends',
    authorities: moved.authorities,
    leaf: leafOf(nextCa, 82 * day),
    at: 84 * day,
    expected: 'nothing',
  },
  { what: 'a pair of others where clients can be told of ours', ...others, at: day, expected: 'found' },
  { what: 'a pair of others where they cannot', ...others, at: day, context: blind, expected: 'nothing' },
  {
    what: 'the same, a moment before a third of a leaf’s life is left of its own',
    ...others,
    at: 365 * day - (10 * day) / 3 - minute,
    context: blind,
    expected: 'nothing',
  },
  { what: 'the same, about to end', ...others, at: 365 * day - 3 * day, context: blind, expected: 'prepare' },
  {
    what: 'a pair of others that was in a Secret which is gone, about to end',
    ...others,
    at: 365 * day - 3 * day,
    context: { ...blind, stored: false },
    expected: 'nothing',
  },
  {
    what: 'a pair of others beside an authority that was made ready',
    ...ready,
    at: 365 * day - 2 * day,
    context: blind,
    expected: 'nothing',
  },
  {
    what: 'the same, once somebody has clients trust that authority since a moment',
    ...ready,
    at: 365 * day - 2 * day,
    context: { mayTell: false, trusted: trustedFor(minute) },
    expected: 'nothing',
  },
  {
    what: 'the same, for long enough',
    ...ready,
    at: 365 * day - 2 * day,
    context: { mayTell: false, trusted: trustedFor(5 * minute) },
    expected: 'issue',
  },
  {
    what: 'the same, once clients can be told',
    ...ready,
    at: 365 * day - 2 * day,
    context: { trusted: { kind: 'not' } },
    expected: 'issue',
  },
  {
    what: 'a pair of others in its last hour, beside an authority that was made ready',
    ...ready,
    at: 365 * day - hour / 2,
    context: blind,
    expected: 'issue',
  },
  {
    what: 'a pair of others in its last hour',
    ...others,
    at: 365 * day - hour / 2,
    context: blind,
    expected: 'found',
  },
  { what: 'a pair of others that has run out', ...others, at: 366 * day, context: blind, expected: 'found' },
  { what: 'a pair of others that is not valid yet', ...others, at: -2 * hour, context: blind, expected: 'found' },
  {
    what: 'a pair of others with their authority, whose key they have',
    authorities: [retired(oldCa)],
    leaf: leafOf(oldCa, 0, 60 * day),
    at: day,
    context: blind,
    expected: 'nothing',
  },
  {
    what: 'the same, about to end',
    authorities: [retired(oldCa)],
    leaf: leafOf(oldCa, 0, 60 * day),
    at: 57 * day,
    context: blind,
    expected: 'begin',
  },
  {
    what: 'the same, with the next authority, in the last hour of the leaf',
    authorities: [retired(oldCa), nextCa],
    leaf: leafOf(oldCa, 0, 60 * day),
    at: 60 * day - hour / 2,
    context: blind,
    expected: 'move',
  },
  {
    what: 'what memory has of a Secret of ours that is gone, where clients cannot be told',
    authorities: [retired(oldCa)],
    leaf: leafOf(oldCa, 0),
    at: day,
    context: { ...blind, stored: false },
    expected: 'begin',
  },
];

const stateOf = ({ authorities, leaf, previousUntil }: Case): CertificateState => ({
  authorities,
  leaf,
  previousUntil,
});

describe('what is done about', () => {
  test.each(cases.map((row) => [row.what, row.expected, row] as const))('%s: %s', (_, expected, row) => {
    const { planned, lookAgainIn } = planCertificates(stateOf(row), contextAt(row.at, row.context));
    expect(planned?.step.kind ?? 'nothing').toBe(expected);
    expect(lookAgainIn).toBeLessThanOrEqual(minute);
    expect(lookAgainIn).toBeGreaterThanOrEqual(planned === undefined ? 1000 : 0);
  });
});

test('the next look is no later than the next step that is known', () => {
  const state = { authorities: [oldCa, nextCa], leaf: leafOf(oldCa, 58 * day), previousUntil: undefined };
  const { lookAgainIn } = planCertificates(state, contextAt(61 * day, { trusted: trustedFor(5 * minute - 7000) }));
  expect(lookAgainIn).toBe(7000);
});

test('an authority is for 90 days and a leaf for 10, both from an hour ago, unless set otherwise', () => {
  const { planned } = planCertificates({ authorities: [], leaf: undefined, previousUntil: undefined }, contextAt(0));
  const notBefore = start - hour;
  expect(planned?.step).toEqual({
    kind: 'found',
    authority: { notBefore, notAfter: start + 90 * day },
    leaf: { notBefore, notAfter: start + 10 * day },
  });
});

test('a leaf ends no later than its authority, and the key of an authority that signs no more is forgotten', () => {
  const state = { authorities: [oldCa], leaf: undefined, previousUntil: undefined };
  const { planned } = planCertificates(state, contextAt(59 * day, { leafLifetime: 80 * day }));
  expect(planned?.step).toMatchObject({ kind: 'issue', leaf: { notAfter: oldCa.certificate.notAfter } });
});

describe('F19 a clock that jumps', () => {
  const steady: CertificateState = { authorities: [oldCa], leaf: leafOf(oldCa, 30 * day), previousUntil: undefined };

  test.each([
    ['an hour ahead', hour],
    ['an hour back', -hour],
    ['90 s back', -90_000],
  ])('%s changes nothing', (_, jump) => {
    expect(planCertificates(steady, contextAt(31 * day + jump)).planned).toBeUndefined();
  });

  test.each([
    ['400 days ahead', 400 * day],
    ['400 days back', -400 * day],
  ])('%s makes certificates that are valid by both clocks', (_, jump) => {
    const right = 31 * day;
    const begun = planCertificates(steady, contextAt(right + jump));
    const step = begun.planned?.step;
    if (step?.kind !== 'begin') throw new Error('expected a next authority');
    for (const now of [start + right, start + right + jump]) {
      expect(step.authority.notBefore).toBeLessThan(now);
      expect(step.authority.notAfter).toBeGreaterThan(now);
    }
    const next: Authority = {
      certificate: { ...certificate('ca-3', [0, 0]), ...step.authority },
      key: 'key',
    };
    const changing = { ...steady, authorities: [oldCa, next] };
    const { planned } = planCertificates(changing, contextAt(right + jump, { trusted: trustedFor(0) }));
    if (planned?.step.kind !== 'move') throw new Error('expected the leaf to move');
    for (const now of [start + right, start + right + jump]) {
      expect(planned.step.leaf.notBefore).toBeLessThan(now);
      expect(planned.step.leaf.notAfter).toBeGreaterThan(now);
    }
  });
});

/** The state that a step leads to, as `carryOut` makes it. */
function after(step: Step, state: CertificateState, serial: number): CertificateState {
  const authority = (validity: { notBefore: number; notAfter: number }): Authority => ({
    certificate: { ...certificate(`ca-${serial}`, [0, 0]), ...validity },
    key: 'key',
  });
  const leaf = (by: Authority, validity: { notBefore: number; notAfter: number }) => ({
    certificate: { ...certificate(`leaf-${serial}`, [0, 0]), ...validity },
    chain: `leaf-${serial}`,
    key: 'key',
    issuer: by.certificate.fingerprint,
  });
  if (step.kind === 'found') {
    const by = authority(step.authority);
    return { authorities: [by], leaf: leaf(by, step.leaf), previousUntil: undefined };
  }
  if (step.kind === 'begin') {
    return { ...state, authorities: [step.signer, authority(step.authority)], previousUntil: undefined };
  }
  if (step.kind === 'issue') return { ...state, leaf: leaf(step.signer, step.leaf) };
  if (step.kind === 'drop') return { ...state, authorities: [step.signer], previousUntil: undefined };
  if (step.kind === 'prepare') return { ...state, authorities: [authority(step.authority)] };
  const { to, from, previousUntil } = step;
  return { authorities: [to, retired(from)], leaf: leaf(to, step.leaf), previousUntil };
}

/** The looks of two years; what is wrong throws. */
function keepTwoYears(settings: { caLifetime: number; leafLifetime: number }, pauses: readonly number[]): void {
  const demand = (isSo: boolean, what: string) => {
    if (!isSo) throw new Error(what);
  };
  let state: CertificateState = { authorities: [], leaf: undefined, previousUntil: undefined };
  let trusted: readonly string[] = [];
  let serial = 0;
  let time = 0;
  for (let look = 0; time < 730 * day; look += 1) {
    for (let steps = 0; ; steps += 1) {
      demand(steps < 5, 'the steps do not come to rest');
      const isTrusted = state.authorities.every(({ certificate }) => trusted.includes(certificate.fingerprint));
      const seen: Observations['trusted'] = isTrusted ? trustedFor(hour) : { kind: 'not' };
      const { planned } = planCertificates(state, contextAt(time, { ...settings, trusted: seen }));
      const before = state.leaf;
      serial += 1;
      if (planned) state = after(planned.step, state, serial);
      trusted = state.authorities.map(({ certificate }) => certificate.fingerprint);
      // Whoever is a step behind serves the leaf from before to clients that trust what is trusted now.
      const isServable = before && before.certificate.notAfter > start + time;
      demand(!isServable || trusted.includes(before.issuer ?? ''), 'a leaf that may be served is not trusted');
      if (!planned && isTrusted) break;
    }
    demand((state.leaf?.certificate.notAfter ?? 0) > start + time, 'the leaf has expired');
    time += (pauses[look % pauses.length] ?? 1) * hour;
  }
}

test('over two years, with whatever lifetimes and pauses, the leaf is valid, trusted, and steps come to rest', () => {
  const days = (max: number) => integer({ min: 1, max }).map((count) => count * day);
  const settings = record({ caLifetime: days(400).map((life) => life + 2 * day), leafLifetime: days(500) });
  const pauses = array(integer({ min: 1, max: 8 }), { minLength: 20, maxLength: 20 });
  assert(property(settings, pauses, keepTwoYears), { numRuns: 25 });
});
