import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  aws,
  chooseProfiles,
  injectionSettings,
  type OwnProfile,
  podiam,
  profileRowSettings,
  profileSettings,
  settingsOfOneProfile,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { resolveSettings } from '../../../src/core/settings/index.ts';

const least = { name: 'store', 'annotation-prefix': 'store.example.com', 'token-audience': 'sts.store' };
const other = { name: 'lake', 'annotation-prefix': 'lake.example.com', 'token-audience': 'lake' };

function read(profiles: unknown): readonly OwnProfile[] | Refusal {
  const resolved = resolveSettings(profileSettings, {
    flags: {},
    environment: { PODIAM_PROFILES: 'not read' },
    file: { profiles },
    fileName: 'podiam.yaml',
  });
  return resolved instanceof Refusal ? resolved : resolved.values.profiles;
}

function taken(profiles: unknown): readonly OwnProfile[] {
  const own = read(profiles);
  if (own instanceof Refusal) throw new Error(own.explain());
  return own;
}

test('of a row’s members three are needed; the others follow from them', () => {
  expect(taken([least])).toEqual([
    {
      row: least,
      name: 'store',
      annotationPrefix: 'store.example.com',
      roleAnnotations: ['store.example.com/role-arn'],
      optOutLabel: 'store.example.com/skip-pod-identity-webhook',
      takesRoleIds: false,
      rolePatterns: [],
      audience: 'sts.store',
      tokenExpiration: 86_400,
      volumeName: 'store-token',
      mountPath: '/var/run/secrets/store.example.com/serviceaccount',
      tokenPath: 'token',
      region: 'us-east-1',
      regionalSts: false,
      stsEndpoint: undefined,
      needsStsEndpoint: false,
      sessionNameFromPod: false,
    },
  ]);
});

test('a member that a setting of injection has too is that very setting', () => {
  const shared = Object.keys(profileRowSettings).filter((name) => Object.hasOwn(injectionSettings, name));
  expect(shared.length).toBeGreaterThan(8);
  const byName: Readonly<Record<string, unknown>> = injectionSettings;
  for (const [name, setting] of Object.entries(profileRowSettings)) {
    if (shared.includes(name)) expect(setting).toBe(byName[name]);
  }
});

test('the example in the repository is one', () => {
  const example = z
    .object({ profiles: z.unknown() })
    .parse(parse(readFileSync('examples/own-profile/podiam.yaml', 'utf8')));
  expect(taken(example.profiles).map(({ name }) => name)).toEqual(['store']);
});

describe('what is wrong is said with file, member, what is expected, and what it means', () => {
  const row = (more: Readonly<Record<string, unknown>>) => [other, { ...least, ...more }];
  test.each([
    ['store', 'profiles (podiam.yaml) is ‘store’, which is no list.'],
    [['store'], 'profiles[0] (podiam.yaml) is ‘store’, which is no mapping.'],
    [[null], 'profiles[0] (podiam.yaml) is ‘null’, which is no mapping.'],
    [[{ name: 'store' }], 'which lacks annotation-prefix. It means: annotation-prefix is what stands'],
    [[{ name: 'aws' }, { name: 'aws' }], 'profiles[1].name (podiam.yaml) is ‘aws’, which is the name of another row.'],
    [[{ name: 'aws', 'annotation-prefix': 'vultr.com' }], 'which is an annotation of the profile vultr already'],
    [
      [{ name: 'podiam', 'sts-endpoint': 'sts' }],
      'profiles[0].sts-endpoint (podiam.yaml) is ‘sts’, which is not an http',
    ],
    [row({ name: 'lake' }), 'profiles[1].name (podiam.yaml) is ‘lake’, which is the name of another row.'],
    [row({ name: 'Store' }), 'profiles[1].name (podiam.yaml) is ‘Store’, which is not a DNS label'],
    [row({ name: 's'.repeat(54) }), 'which is not a DNS label of at most 53 characters'],
    [row({ 'volume-name': 'A_B' }), 'profiles[1].volume-name (podiam.yaml) is ‘A_B’, which is not a DNS label'],
    [
      row({ 'token-mount-path': 'run/x' }),
      'profiles[1].token-mount-path (podiam.yaml) is ‘run/x’, which is not an abs',
    ],
    [row({ 'token-path': '../x' }), 'profiles[1].token-path (podiam.yaml) is ‘../x’, which is not a relative path'],
    [
      row({ 'sts-endpoint': 'sts' }),
      'profiles[1].sts-endpoint (podiam.yaml) is ‘sts’, which is not an http or https URL',
    ],
    [row({ region: 3 }), 'profiles[1].region (podiam.yaml) is ‘3’, which is no text. It means: injected as AWS_REGION'],
    [row({ region: null }), 'profiles[1].region (podiam.yaml) is ‘null’, which is no text.'],
    [
      row({ regoin: 'x' }),
      'profiles[1].regoin (podiam.yaml) is ‘x’, which is under a name that is not known here. It means: region, perhaps.',
    ],
    [row({ 'session-name-from-pod': 'maybe' }), 'which is neither true nor false'],
    [row({ 'token-expiration': -1 }), 'which is no whole number from 0'],
    [
      row({ 'annotation-prefix': 'Store/' }),
      'profiles[1].annotation-prefix (podiam.yaml) is ‘Store/’, which is not a DNS name',
    ],
    [
      row({ 'role-annotation': 'role' }),
      'profiles[1].role-annotation (podiam.yaml) is ‘role’, which is not the key of an annot',
    ],
    [
      row({ 'opt-out-label': 'a/b/c' }),
      'profiles[1].opt-out-label (podiam.yaml) is ‘a/b/c’, which is not the key of a label',
    ],
    [row({ 'role-pattern': '*' }), 'profiles[1].role-pattern (podiam.yaml) is ‘*’, which is not a pattern that begins'],
    [row({ 'role-pattern': ['a*', 'b $'] }), 'profiles[1].role-pattern (podiam.yaml) is ‘b $’'],
    [
      row({ 'annotation-prefix': 'eks.amazonaws.com' }),
      'is ‘eks.amazonaws.com/role-arn’, which is an annotation of the profile aws already',
    ],
    [row({ 'annotation-prefix': 'lake.example.com' }), 'which is an annotation of the profile lake already'],
    [
      row({ 'role-annotation': ['x.y/role', 'lake.example.com/role-arn.main'] }),
      'an annotation of the profile lake already',
    ],
  ])('%j', (profiles, sentence) => {
    const refused = read(profiles);
    expect(refused instanceof Refusal && `${refused.code}: ${refused.sentence} ${refused.remedy}`).toContain(sentence);
    expect(refused instanceof Refusal && refused.code).toBe('setting-invalid');
  });
});

/** One that every rule takes. */
function valueOf(setting: string): string {
  if (setting === 'sts-endpoint') return 'https://sts.example.com';
  return setting === 'token-mount-path' ? '/run/x' : 'x';
}

describe('which profiles are on', () => {
  const own = taken([least, other]);
  const names = (profile: readonly string[], values = {}) => {
    const chosen = chooseProfiles({ profile, profiles: own }, values);
    return chosen instanceof Refusal ? chosen.sentence : chosen.map((settings) => settings.profile);
  };

  test('all that have what they need, the built-in ones first', () => {
    expect(names([])).toEqual(['aws', 'vultr', 'store', 'lake']);
    const rows = taken([least, { name: 'podiam', 'sts-endpoint': 'https://sts' }]);
    expect(chooseProfiles({ profile: [], profiles: rows }, {})).toMatchObject(
      ['aws', 'vultr', 'podiam', 'store'].map((profile) => ({ profile })),
    );
  });

  test('those that are named, in that order, each once', () => {
    expect(names(['lake', 'aws', 'lake'])).toEqual(['lake', 'aws']);
  });

  test('none that there is not, which is said with those that there are', () => {
    expect(names(['barn'])).toBe('There is no profile barn.');
    const refused = chooseProfiles({ profile: ['barn'], profiles: own }, {});
    expect(refused instanceof Refusal && refused.remedy).toContain('aws, vultr, podiam, store, lake');
  });

  test('a flag wins over a row, as over a built-in profile', () => {
    const chosen = chooseProfiles({ profile: ['store'], profiles: own }, { 'token-audience': 'set' });
    expect(chosen).toMatchObject([{ profile: 'store', audience: 'set' }]);
  });

  test('a row under a built-in profile’s name changes what it says of that profile, and nothing else anywhere', () => {
    const rows = taken([{ name: 'podiam', 'sts-endpoint': 'https://sts.example.com', 'volume-name': 'proof' }]);
    const bare = settleProfile(podiam, { 'sts-endpoint': 'https://sts.example.com', 'volume-name': 'proof' });
    expect(chooseProfiles({ profile: ['aws', 'podiam'], profiles: rows }, {})).toEqual([settleProfile(aws), bare]);
  });

  test('another prefix brings the role’s annotation with it, as the setting does', () => {
    const rows = taken([{ name: 'aws', 'annotation-prefix': 'iam.example.com' }]);
    const chosen = chooseProfiles({ profile: ['aws'], profiles: rows }, {});
    expect(chosen).toEqual([settleProfile(aws, { 'annotation-prefix': 'iam.example.com' })]);
  });

  test.each(settingsOfOneProfile.map((setting) => [setting]))(
    '%s is not said of several profiles at once',
    (setting) => {
      const values = { [setting]: setting === 'session-name-from-pod' ? false : valueOf(setting) };
      const rows = taken([{ name: 'podiam', 'sts-endpoint': 'https://sts.example.com' }]);
      for (const profile of [[], ['aws', 'podiam']]) {
        const refused = chooseProfiles({ profile, profiles: rows }, values);
        expect(refused instanceof Refusal && refused.code).toBe('setting-of-one-profile');
        expect(refused instanceof Refusal && refused.explain()).toMatch(
          `${setting} is of one platform, and the profiles aws`,
        );
      }
      expect(chooseProfiles({ profile: ['aws', 'aws'], profiles: rows }, values)).toMatchObject([{ profile: 'aws' }]);
    },
  );

  test('what belongs to no platform is said of all', () => {
    const chosen = chooseProfiles(
      { profile: ['vultr', 'aws'], profiles: [] },
      { region: 'eu', 'token-expiration': 900 },
    );
    expect(chosen).toMatchObject([
      { region: 'eu', tokenExpiration: 900 },
      { region: 'eu', tokenExpiration: 900 },
    ]);
  });
});
