import { describe, expect, test } from 'vitest';
import {
  accountAnnotations,
  admitPod,
  aws,
  builtInProfiles,
  type ProfileSettings,
  podiam,
  settleProfile,
  vultr,
} from '../../../src/core/injection/index.ts';
import { readPod } from '../../../src/core/injection/pod.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';

const roleKey = 'eks.amazonaws.com/role-arn';
const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const long = 'x'.repeat(250 * 1024);

const lengthOf = (annotations: object | undefined) => JSON.stringify(annotations ?? {}).length;

describe('of a service account', () => {
  test('what a profile reads is kept, and nothing else', () => {
    const kept = {
      [roleKey]: arn('a'),
      [`${roleKey}.app`]: arn('b'),
      'eks.amazonaws.com/audience': 'x',
      'eks.amazonaws.com/sts-regional-endpoints': 'true',
      'eks.amazonaws.com/token-expiration': '3600',
      'api.vultr.com/role.app': 'r',
    };
    const others = {
      note: 'x',
      'eks.amazonaws.com/note': 'x',
      'eks.amazonaws.com/role-arns': 'x',
      'eks.amazonaws.com/audience.app': 'x',
      [`${roleKey}.${'c'.repeat(64)}`]: arn('c'),
      'podiam.dev/role-arn': arn('d'),
    };
    expect(accountAnnotations([aws, vultr])({ ...others, ...kept })).toEqual(kept);
    expect(accountAnnotations([aws, vultr])(others)).toBeUndefined();
    expect(accountAnnotations([podiam])(others)).toEqual({ 'podiam.dev/role-arn': arn('d') });
  });

  test('A21 no more is kept than some thousand characters, however much there is', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`${roleKey}.c${n}`, arn(`r${n}`)]));
    const values = Object.fromEntries(
      builtInProfiles.flatMap(({ annotationPrefix: prefix, roleAnnotations }) =>
        [...roleAnnotations, `${prefix}/audience`, `${prefix}/token-expiration`].map((key) => [key, long]),
      ),
    );
    const cases = [many, values, { ...many, ...values }, { [`${roleKey}.${long}`]: 'x' }, { [roleKey]: 1, a: {} }];
    for (const annotations of cases) {
      expect(lengthOf(accountAnnotations(builtInProfiles)(annotations))).toBeLessThan(8 * 1024);
    }
  });
});

function admit(annotations: Readonly<Record<string, unknown>>) {
  const settled = [aws, vultr].map((profile) => settleProfile(profile, { 'role-account': '111122223333' }));
  const [first, ...rest] = settled.filter((one): one is ProfileSettings => !(one instanceof Refusal));
  const pod = readPod({ metadata: { name: 'p' }, spec: { containers: [{ name: 'app' }, { name: 'c1' }] } });
  if (first === undefined || pod instanceof Refusal) throw new Error('unfit');
  const kept = accountAnnotations([first, ...rest])(annotations) ?? {};
  const evidence = { namespace: 'dev', name: 'p', serviceAccount: { annotations: kept } };
  return admitPod(pod, evidence, { profiles: [first, ...rest] });
}

test.each<[string, Readonly<Record<string, string>>]>([
  ['a role’s ARN', { [roleKey]: arn(long) }],
  ['a role’s name', { [roleKey]: long }],
  ['a role that only begins as one', { [roleKey]: `${arn('a')}${' '.repeat(3000)}` }],
  ['blanks before a role', { [roleKey]: `${' '.repeat(3000)}${arn('a')}` }],
  ['the role of one container', { [roleKey]: arn('a'), [`${roleKey}.app`]: arn(long) }],
  ['a role by its UUID', { 'api.vultr.com/role': `7c9e6679-7425-40de-944b-e07fc1f90ae7${long}` }],
])('A21 %s that is too long is refused, not passed over', (_, annotations) => {
  const { kind } = admit(annotations);
  expect(kind).toBe('refuse');
});

test.each([
  ['with a role for all', { [roleKey]: arn('a') }],
  ['without one', {}],
])('A21 more roles of containers than are kept are refused, %s', (_, role) => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${roleKey}.c${n}`, arn(`r${n}`)]));
  expect(admit({ ...many, ...role }).kind).toBe('refuse');
  expect(admit({ ...role, ...many }).kind).toBe('refuse');
  const few = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${roleKey}.c${n}`, arn(`r${n}`)]));
  expect(admit({ ...few, ...role }).kind).toBe('inject');
});
