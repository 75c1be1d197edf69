// Session tokens: what was sealed comes back, and nothing else ever opens.
import { createSecretKey } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Keyring, openSession, type SessionFacts, sealSession } from '../../../src/core/credentials/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { accessKeyId, session } from './oracle.ts';

const keyring: Keyring = { currentId: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) };
const nonce = Buffer.alloc(12, 7);
const token = sealSession(session, accessKeyId, keyring, nonce);

const codeOf = (value: unknown) => (value instanceof Refusal ? value.code : 'opened');
const open = (text: string, key = accessKeyId, ring = keyring) => codeOf(openSession(text, key, ring));

const text = fc.string({ unit: 'grapheme', maxLength: 80 });
const anyText = fc.oneof(
  text,
  fc.uuid(),
  fc.base64String({ minLength: 8, maxLength: 40 }),
  fc.stringMatching(/^[A-Z0-9]{8,24}$/),
);
const time = fc.nat({ max: 2 ** 48 - 1 });
/** What few sessions have. */
const extras = fc.record(
  {
    sessionPolicyArns: fc.array(anyText, { maxLength: 10 }),
    sourceIdentity: anyText,
    transitiveTagKeys: fc.array(anyText, { maxLength: 5 }),
    ancestors: fc.array(anyText, { maxLength: 5 }),
    provenAt: time,
  },
  { requiredKeys: [] },
);
const anySession: fc.Arbitrary<SessionFacts> = fc
  .record({
    accountId: anyText,
    roleId: anyText,
    roleName: anyText,
    rolePath: anyText,
    partition: anyText,
    sessionName: anyText,
    secretAccessKey: anyText,
    issuedAt: time,
    expiresAt: time,
    issuer: anyText,
    subject: anyText,
    tags: fc.dictionary(fc.oneof(anyText, fc.constantFrom('kubernetes-namespace', 'kubernetes-pod-uid')), anyText, {
      maxKeys: 6,
    }),
    sessionPolicy: fc.option(fc.string({ maxLength: 2048 }), { nil: undefined }),
  })
  .map(({ sessionPolicy, ...facts }) => (sessionPolicy === undefined ? facts : { ...facts, sessionPolicy }))
  .chain((facts) => extras.map((extra) => ({ ...facts, ...extra })));

describe('what was sealed', () => {
  test('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(anySession, fc.uint8Array({ minLength: 12, maxLength: 12 }), (facts, nonce) => {
        expect(openSession(sealSession(facts, accessKeyId, keyring, nonce), accessKeyId, keyring)).toEqual(facts);
      }),
      { numRuns: 400 },
    );
  });

  test('of a usual session is about 400 characters long, all of which stand in a header and a URL as they are', () => {
    expect(token.length).toBeLessThan(410);
    expect(token).toMatch(/^P1\.k1\.[\w-]+$/);
  });

  test('with the tags of a pod is shorter than 550', () => {
    const tags = {
      'kubernetes-namespace': 'reports',
      'kubernetes-service-account': 'writer',
      'kubernetes-pod-name': session.sessionName,
      'kubernetes-pod-uid': '6a2ce2ad-22f7-4a1c-9f3b-6c4a9ed4a9f1',
    };
    const tagged = sealSession({ ...session, tags }, accessKeyId, keyring, nonce);
    expect(tagged.length).toBeLessThan(550);
    expect(openSession(tagged, accessKeyId, keyring)).toEqual({ ...session, tags });
  });

  test('opens with its key as bytes and as a key object alike', () => {
    const objects: Keyring = { currentId: 'k1', keys: new Map([['k1', createSecretKey(Buffer.alloc(32, 1))]]) };
    expect(openSession(token, accessKeyId, objects)).toEqual(session);
    expect(sealSession(session, accessKeyId, objects, nonce)).toBe(token);
  });

  test('shows nothing of the session', () => {
    for (const fact of [session.secretAccessKey, session.subject, session.roleName]) {
      expect(token).not.toContain(fact);
      expect(Buffer.from(token.slice(6), 'base64url').toString('latin1')).not.toContain(fact);
    }
  });
});

describe('A6 anything else is refused', () => {
  test('A6 a token cut anywhere', () => {
    for (let length = 0; length < token.length; length += 1) {
      expect(open(token.slice(0, length))).toMatch(/^session-token-/);
    }
  });

  test('A6 a token with one bit flipped, anywhere', () => {
    const sealed = Buffer.from(token.slice(6), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(open(`P1.k1.${flipped.toString('base64url')}`)).toBe('session-token-invalid');
    }
  });

  test('A6 a token with any character replaced, added or taken out', () => {
    const edit = fc.record({ at: fc.nat(token.length), remove: fc.nat(2), put: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(edit, ({ at, remove, put }) => {
        const edited = token.slice(0, at) + put + token.slice(at + remove);
        expect(open(edited)).toMatch(edited === token ? /^opened$/ : /^session-token-/);
      }),
      { numRuns: 3000 },
    );
  });

  test('A6 two tokens spliced, anywhere', () => {
    const other = sealSession({ ...session, roleName: 'reports-admins' }, accessKeyId, keyring, Buffer.alloc(12, 8));
    expect(other).toHaveLength(token.length);
    for (let at = 7; at < token.length - 1; at += 1) {
      for (const spliced of [token.slice(0, at) + other.slice(at), other.slice(0, at) + token.slice(at)]) {
        expect(open(spliced)).toMatch(spliced === token || spliced === other ? /^opened$/ : /^session-token-/);
      }
    }
  });

  test('A6 a token with another access key, however alike', () => {
    const others = fc.oneof(
      fc.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      fc.string(),
      fc.constantFrom('', `${accessKeyId} `),
    );
    fc.assert(
      fc.property(others, (other) => {
        if (other !== accessKeyId) expect(open(token, other)).toBe('session-token-invalid');
      }),
    );
  });

  test('A6 a token under another key of the ring', () => {
    const two: Keyring = { currentId: 'k2', keys: new Map([...keyring.keys, ['k2', Buffer.alloc(32, 2)]]) };
    expect(open(token, accessKeyId, two)).toBe('opened');
    expect(open(token.replace('.k1.', '.k2.'), accessKeyId, two)).toBe('session-token-invalid');
    const renamed: Keyring = { currentId: 'k2', keys: new Map([['k2', Buffer.alloc(32, 1)]]) };
    expect(open(token.replace('.k1.', '.k2.'), accessKeyId, renamed)).toBe('session-token-invalid');
  });

  test.each([
    '',
    '.',
    '..',
    'P1..',
    'P1.k1.',
    'P2.k1.AAAA',
    'P1.k1.AAAA.',
    `P1.k1.${'A'.repeat(10_000)}`,
    'P1.__proto__.AAAA',
  ])('A6 ‘%.20s’', (text) => {
    expect(open(text)).toMatch(/^session-token-/);
  });
});

test('F20 a token whose key was taken away is refused with the key’s id', () => {
  const rotated: Keyring = { currentId: 'k2', keys: new Map([['k2', Buffer.alloc(32, 2)]]) };
  expect(openSession(token, accessKeyId, rotated)).toMatchObject({
    code: 'session-token-key-unknown',
    wire: 'InvalidClientTokenId',
    sentence: expect.stringContaining('k1'),
  });
});

test('F20 old seals open as long as their key is in the ring, while a new one seals', () => {
  const both: Keyring = { currentId: 'k2', keys: new Map([...keyring.keys, ['k2', Buffer.alloc(32, 2)]]) };
  expect(openSession(token, accessKeyId, both)).toEqual(session);
  expect(sealSession(session, accessKeyId, both, nonce)).toMatch(/^P1\.k2\./);
});

test('a keyring without its current key, or a nonce of another length, seals nothing', () => {
  expect(() => sealSession(session, accessKeyId, { currentId: 'k9', keys: keyring.keys }, nonce)).toThrow(TypeError);
  expect(() => sealSession(session, accessKeyId, keyring, Buffer.alloc(16))).toThrow(RangeError);
});
