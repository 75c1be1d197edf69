// Wycheproof's vectors for JSON Web Signatures and keys: what must be refused is, and what is refused of the valid ones is
// refused on purpose.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { parseJwks } from '../../../src/core/tokens/index.ts';
import { readSignature } from '../../../src/core/tokens/read-signature.ts';
import { findSigner } from '../../../src/core/tokens/verify.ts';

const vectorModule = 'github.com/c2sp/wycheproof';

const jsonObject = z.record(z.string(), z.unknown());
const vectors = z.object({
  testGroups: z.array(
    z.object({
      comment: z.string(),
      public: jsonObject.optional(),
      private: jsonObject,
      tests: z.array(
        z.object({ tcId: z.number(), comment: z.string(), jws: z.unknown(), result: z.enum(['valid', 'invalid']) }),
      ),
    }),
  ),
});

let folder = '';

beforeAll(async () => {
  const cwd = fileURLToPath(new URL('wycheproof', import.meta.url));
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', vectorModule], { cwd });
  const download: unknown = JSON.parse(stdout);
  folder = join(z.object({ Dir: z.string() }).parse(download).Dir, 'testvectors_v1');
}, 120_000);

/** `verified`, or the code of the refusal. */
function outcomeOf(jws: unknown, keys: Readonly<Record<string, unknown>>): string {
  if (typeof jws !== 'string') return 'no-text';
  const keySet = parseJwks(JSON.stringify('keys' in keys ? keys : { keys: [keys] }));
  if (keySet instanceof Refusal) return keySet.code;
  const signed = readSignature(jws);
  if (signed instanceof Refusal) return signed.code;
  const signer = findSigner(signed, keySet);
  return signer instanceof Refusal ? signer.code : 'verified';
}

interface Outcome {
  readonly name: string;
  readonly result: 'valid' | 'invalid';
  readonly outcome: string;
}

async function outcomes(file: string): Promise<readonly Outcome[]> {
  const text: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const { testGroups } = vectors.parse(text);
  return testGroups.flatMap((group) =>
    group.tests.map(({ tcId, comment, jws, result }) => ({
      name: `${tcId} ${group.comment} ${comment}`,
      result,
      outcome: outcomeOf(jws, group.public ?? group.private),
    })),
  );
}

/** Why valid vectors are refused: by the part of their name, or all of them. */
const onPurpose: readonly { readonly name: RegExp; readonly outcome: string; readonly why: string }[] = [
  { name: /./, outcome: 'jwks-secret', why: 'HMAC, whose keys are secrets that no issuer can publish' },
  { name: /ps\d+|Figure20/, outcome: 'jwks-without-key', why: 'RSASSA-PSS, which Kubernetes does not sign with' },
  { name: /Figure27/, outcome: 'jwks-without-key', why: 'a key whose alg is ES521, which there is not' },
];

describe.each([
  ['json_web_signature_test.json', 18],
  ['json_web_key_test.json', 1],
])('A1 A2 of Wycheproof’s vectors %s', (file, verified) => {
  test('none that is invalid verifies', async () => {
    const invalid = (await outcomes(file)).filter(({ result }) => result === 'invalid');
    expect(invalid.length).toBeGreaterThan(20);
    expect(invalid.filter(({ outcome }) => outcome === 'verified')).toEqual([]);
  });

  test('all that are valid verify, but for what is refused on purpose', async () => {
    const valid = (await outcomes(file)).filter(({ result }) => result === 'valid');
    const isMeant = ({ name, outcome }: Outcome) =>
      onPurpose.some((purpose) => purpose.outcome === outcome && purpose.name.test(name));
    expect(valid.filter((one) => one.outcome !== 'verified' && !isMeant(one))).toEqual([]);
    expect(valid.filter(({ outcome }) => outcome === 'verified')).toHaveLength(verified);
  });
});
