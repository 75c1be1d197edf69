// The small readers: lists of names, globs, the mapping, the list of identities, a service account's annotations.
import { describe, expect, it } from 'vitest';
import { containerChoice, parseNames, parseTruth, tokenExpiration } from '../../../src/core/injection/annotations.ts';
import { spreadExpiration } from '../../../src/core/injection/container-credentials.ts';
import { matchesGlob } from '../../../src/core/injection/glob.ts';
import {
  aws,
  findMappedRole,
  judgeServiceAccount,
  noIdentities,
  parseIdentities,
  parseRoleMapping,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { taken } from './cases.ts';

describe('a list of names', () => {
  it.each([
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    ['"a","b ""c"""', ['a', 'b "c"']],
    ['"a,b",c', ['a,b', 'c']],
    ['a,,b,', ['a', 'b']],
    ['a\nb', ['a']],
    ['', []],
    ['"a', undefined],
    ['"a"b', undefined],
    ['a"b', undefined],
  ])('%j is %j', (text, names) => {
    expect(parseNames(text)).toEqual(names);
  });

  it('A21 takes linear time for a quarter of a megabyte of blanks, commas and quotes', () => {
    for (const unit of [' ', ',', '"', '" ', ' ,"']) {
      const text = `a${unit.repeat(Math.floor(262_144 / unit.length))}"`;
      const { warnings } = containerChoice({ 'p/skip-containers': text }, 'p');
      expect(warnings.length).toBeLessThanOrEqual(1);
    }
  });
});

describe('a truth', () => {
  it.each([
    [['1', 't', 'T', 'TRUE', 'true', 'True'], true],
    [['0', 'f', 'F', 'FALSE', 'false', 'False'], false],
    [['yes', 'on', 'tRUE', ' true', '', '01'], undefined],
  ])('of %j is %s, as ParseBool has it', (texts, truth) => {
    expect(texts.map(parseTruth)).toEqual(texts.map(() => truth));
  });
});

describe('the expiration', () => {
  it.each([
    [['+700', undefined], 0, 700],
    [['9223372036854775808', '800'], 0, 800],
    [['0x400', ' 900'], 0, 86_400],
    [['-1', undefined], 0, 600],
    [[undefined, undefined], 1200, 1200],
    [[undefined, '0000000000000000000000700'], 1200, 700],
  ])('of annotations %j and mapping %j is %j', (texts, mapped, seconds) => {
    expect(tokenExpiration(texts, mapped, 86_400)).toBe(seconds);
  });

  it('of container credentials is spread over the last two hours of exactly a day', () => {
    const bytes = (byte: number) => () => new Uint8Array([byte, byte, byte, byte]);
    expect(spreadExpiration(86_400, bytes(0))).toBe(79_200);
    expect(spreadExpiration(86_400, bytes(255))).toBe(86_400);
    expect(spreadExpiration(86_399, bytes(0))).toBe(86_399);
    expect(spreadExpiration(86_400, undefined)).toBe(86_400);
  });
});

describe('A11 a glob', () => {
  it.each([
    ['test-*', 'test-1', true],
    ['test-*', 'test-', true],
    ['test-*', 'my-test-1', false],
    ['*', '', true],
    ['*-a*-b', 'x-a-b', true],
    ['a*a', 'a', false],
    ['a.c', 'abc', false],
    ['*a*b*c', 'abcabc', true],
    ['*a*b*c', 'acb', false],
    ['[ab]', 'a', false],
  ])('%s over %s: %s', (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches);
  });
});

describe('the mapping', () => {
  it('takes names of members in any case, as Go does, and null as absent', () => {
    const mapping = taken(parseRoleMapping('{"dev/web": {"rolearn": "r", "audience": null, "useRegionalSTS": false}}'));
    expect(findMappedRole(mapping, 'dev', 'web')).toMatchObject({ role: 'r', audience: undefined, regionalSts: false });
  });

  it('A10 does not confuse names that are alike when joined', () => {
    const mapping = taken(parseRoleMapping('{"a-b/c": {"RoleARN": "r"}}'));
    expect(findMappedRole(mapping, 'a', 'b/c')).toBeUndefined();
    expect(findMappedRole(mapping, 'a-b', 'c')).toMatchObject({ role: 'r' });
  });

  it.each([
    ['{', 'line 1, column 2'],
    ['[]', 'no JSON object'],
    ['{"dev/web": {}, "dev/web": {}}', 'twice'],
  ])('%s is refused: %s', (text, part) => {
    const refusal = parseRoleMapping(text);
    expect(refusal instanceof Refusal && refusal.sentence).toContain(part);
  });

  it.each([
    ['"dev/bad": "arn"', 'no object'],
    ['"dev/bad": {"RoleARN": 1}', 'RoleARN'],
    ['"dev/bad": {"TokenExpiration": "1"}', 'TokenExpiration'],
    ['"dev/bad": {"UseRegionalSTS": "true"}', 'UseRegionalSTS'],
    ['"dev/bad": {"ContainerRoles": {"a": 1}}', 'ContainerRoles'],
    ['"d*v/bad": {"RoleARN": 1}', 'RoleARN'],
  ])('A15 with the entry %s is a refusal for that account alone: %s', (entry, part) => {
    const mapping = taken(parseRoleMapping(`{${entry}, "dev/web": {"RoleARN": "r"}}`));
    const refusal = findMappedRole(mapping, 'dev', 'bad');
    expect(refusal instanceof Refusal && refusal.sentence).toContain(part);
    expect(mapping.faults).toEqual([refusal]);
    expect(findMappedRole(mapping, 'dev', 'web')).toMatchObject({ role: 'r' });
  });

  it.each(['bad', 'a/b/c', '/bad', 'dev/', ''])('A15 with the key ‘%s’ tells of it, and the others count', (key) => {
    const mapping = taken(parseRoleMapping(JSON.stringify({ [key]: {}, 'dev/web': { RoleARN: 'r' } })));
    expect(mapping.faults.map(({ sentence }) => sentence)).toEqual([expect.stringContaining('NAMESPACE/NAME')]);
    expect(findMappedRole(mapping, 'dev', 'bad')).toBeUndefined();
    expect(findMappedRole(mapping, 'dev', 'web')).toMatchObject({ role: 'r' });
  });
});

describe('the list of identities', () => {
  it('is empty for blank text, and refuses what is malformed', () => {
    expect(parseIdentities(' \n')).toEqual(noIdentities);
    for (const text of ['{', '[]', '{"identities": {}}']) expect(parseIdentities(text)).toBeInstanceOf(Refusal);
  });

  it('A15 tells of an entry that names nobody, and the others count', () => {
    const entries = [{ namespace: 'dev' }, { namespace: 'dev', serviceAccount: 'web' }, 'web'];
    const { faults, identities } = taken(parseIdentities(JSON.stringify({ identities: entries })));
    expect(identities).toEqual(new Map([['dev', new Set(['web'])]]));
    expect(faults.map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('identities[0]'),
      expect.stringContaining('identities[2]'),
    ]);
  });
});

describe('a service account', () => {
  const config = { profiles: [taken(settleProfile(aws))] } as const;
  const key = 'eks.amazonaws.com/role-arn';
  const judged = (annotations: Readonly<Record<string, string>>, before?: Readonly<Record<string, string>>) =>
    judgeServiceAccount({ namespace: 'dev', annotations, before }, config).map(({ isNew, refusal }) => [
      refusal.code,
      isNew,
    ]);

  it('is without fault where its roles are roles, or it has none', () => {
    expect(judged({ [key]: 'arn:aws:iam::111122223333:role/s3', other: 'x' })).toEqual([]);
    expect(judged({})).toEqual([]);
  });

  it('has a fault for each bad role, also of a single container', () => {
    expect(judged({ [key]: 'arn:x', [`${key}.app`]: 's3' })).toEqual([
      ['role-malformed', true],
      ['role-name-without-account', true],
    ]);
  });

  it('has an old fault where an update leaves the value as it was', () => {
    expect(judged({ [key]: 'arn:x' }, { [key]: 'arn:x' })).toEqual([['role-malformed', false]]);
    expect(judged({ [key]: 'arn:x' }, { [key]: 'arn:y' })).toEqual([['role-malformed', true]]);
  });
});
