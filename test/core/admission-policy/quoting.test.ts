// No value becomes code: in the literal itself, and in the policies as a whole.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celString, policyObjects } from '../../../src/core/admission-policy/index.ts';
import { aws, type InjectionConfig, type ProfileSettings, settleProfile } from '../../../src/core/injection/index.ts';
import { taken } from '../injection/cases.ts';
import { readCelString, readExpression } from './read-cel.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("'", '"', '\\', '\n', '\r', '\u2028', '\0', 'a', '{', '}', '$', '🫛', '\ud800') }),
);

const settled = taken(settleProfile(aws));

const texts = ['audience', 'mountPath', 'tokenPath', 'volumeName', 'region', 'stsEndpoint', 'profile'] as const;

/** Values that no setting would take, too: what is checked elsewhere is not relied upon. */
const anyProfile: fc.Arbitrary<ProfileSettings> = fc
  .tuple(fc.array(anyText, { minLength: 7, maxLength: 7 }), fc.array(anyText, { minLength: 1, maxLength: 3 }))
  .map(([values, annotations]) => ({
    ...settled,
    ...Object.fromEntries(texts.map((name, index) => [name, values[index]])),
    annotationPrefix: values[0] ?? '',
    roleAnnotations: annotations,
    rolePatterns: annotations,
    allowedAccounts: annotations,
    roleAccount: values[1],
    rolePartition: values[2],
  }));

function expressionsOf(config: InjectionConfig): readonly string[] {
  const objects = policyObjects(config, {
    apiVersion: 'v1',
    failurePolicy: 'Fail',
    onRefusal: 'deny',
    watchNamespaces: true,
    serviceAccountLabel: undefined,
  });
  const found: string[] = [];
  JSON.stringify(objects, (key: string, value: unknown) => {
    if ((key === 'expression' || key === 'messageExpression') && typeof value === 'string') found.push(value);
    return value;
  });
  return found;
}

/** Lists are as long as the data is: a list of strings counts as one. */
function skeletonOf(expression: string): string {
  return readExpression(expression).skeleton.replaceAll(/\[''(?:, '')*\]/g, "['']");
}

describe('a string in CEL', () => {
  it('says what was put in, for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const literal = celString(text);
        expect(literal).toMatch(/^[\x20-\x7e]*$/);
        expect(readCelString(literal)).toEqual({ text: text.toWellFormed(), end: literal.length });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the policies of a profile', () => {
  const tame = expressionsOf({
    profiles: [
      {
        ...settled,
        region: 'r',
        stsEndpoint: 's',
        rolePatterns: ['p'],
        allowedAccounts: ['a'],
        roleAccount: 'a',
        rolePartition: 'p',
      },
    ],
    allowedRoles: [{ namespace: 'n', roles: ['r'] }],
  }).map(skeletonOf);

  it('are the same expressions whatever its values hold', () => {
    fc.assert(
      fc.property(anyProfile, anyText, (profile, text) => {
        const config = { profiles: [profile], allowedRoles: [{ namespace: text, roles: [text] }] } as const;
        expect(expressionsOf(config).map(skeletonOf)).toEqual(tame);
      }),
      { numRuns: 60 },
    );
  });

  it('hold its values as they are', () => {
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const strings = expressionsOf({ profiles: [profile] }).flatMap(
          (expression) => readExpression(expression).strings,
        );
        for (const name of texts) expect(strings).toContain((profile[name] ?? '').toWellFormed());
      }),
      { numRuns: 30 },
    );
  });
});
