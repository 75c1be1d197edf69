// Key-encryption keys from each of the places where they may be kept.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { keyEncryptionKeyId, openSecret, sealSecret } from '../../../src/core/registry/index.ts';
import { type KeySource, parseKeySource, readKeyEncryptionKeys } from '../../../src/io/keys/index.ts';

const key = randomBytes(32);
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-keys-'));
  file = join(folder, 'key');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const print = (text: string): KeySource => ({ kind: 'command', command: [process.execPath, '-e', text] });

test.each([
  ['plain', key],
  ['in base64', key.toString('base64')],
  ['in base64 with a line’s end', `${key.toString('base64')}\n`],
  ['in base64url', key.toString('base64url')],
  ['in hexadecimal', ` ${key.toString('hex')}\r\n`],
])('a file holds it %s', async (_, content) => {
  writeFileSync(file, content);
  const keys = await readKeyEncryptionKeys([{ kind: 'file', path: file }], {});
  expect(keys).toEqual({ currentId: keyEncryptionKeyId(key), keys: new Map([[keyEncryptionKeyId(key), key]]) });
});

test('a variable and a command give the same key', async () => {
  const inVariable = await readKeyEncryptionKeys([{ kind: 'environment', name: 'KEK' }], { KEK: key.toString('hex') });
  const printed = await readKeyEncryptionKeys([print(`console.log('${key.toString('base64')}')`)], {});
  expect(printed).toEqual(inVariable);
});

test.each<[string, KeySource, string]>([
  ['a variable that is not set', { kind: 'environment', name: 'KEK' }, 'the environment variable KEK: it is not set'],
  ['a command that fails', print(`process.stderr.write('${key.toString('hex')}'); process.exit(3)`), 'it ended with 3'],
  ['a command that is not there', { kind: 'command', command: ['/no/such/program'] }, 'no such file or directory'],
  ['a command that prints without end', print(`console.log('x'.repeat(1e6))`), 'printed too much'],
  ['a command that prints something else', print(`console.log('${key.toString('hex')}00')`), 'no key of 32 bytes'],
])('%s is refused in words that hold nothing of a key', async (_, source, words) => {
  const outcome = await readKeyEncryptionKeys([source], {});
  expect(outcome).toBeInstanceOf(Refusal);
  const told = outcome instanceof Refusal ? `${outcome.explain()} ${outcome.cause ?? ''}` : '';
  expect(told).toContain(words);
  expect(told).not.toContain(key.toString('hex').slice(0, 8));
});

test('of several the first encrypts and all open', async () => {
  const older = randomBytes(32);
  const environment = { NEW: key.toString('hex'), OLD: older.toString('base64') };
  const variable = (name: string): KeySource => ({ kind: 'environment', name });
  const before = await readKeyEncryptionKeys([variable('OLD')], environment);
  const after = await readKeyEncryptionKeys([variable('NEW'), variable('OLD')], environment);
  if (before instanceof Refusal || after instanceof Refusal) throw new Error('no keys');
  const options = { purpose: 'p', nonce: randomBytes(12) };
  expect(openSecret(sealSecret(Buffer.from('secret'), before, options), after, 'p')).toEqual(Buffer.from('secret'));
  const sealed = sealSecret(Buffer.from('secret'), after, options);
  expect(sealed.keyId).toBe(keyEncryptionKeyId(key));
  expect(openSecret(sealed, before, 'p')).toMatchObject({ code: 'key-encryption-key-unknown' });
  expect(openSecret(sealed, after, 'q')).toMatchObject({ code: 'envelope-unopened' });
});

test.each([
  ['file:/run/secrets/kek', { kind: 'file', path: '/run/secrets/kek' }],
  ['env:KEK', { kind: 'environment', name: 'KEK' }],
  ['command:kms decrypt  --key a:b', { kind: 'command', command: ['kms', 'decrypt', '--key', 'a:b'] }],
  ['command: ', undefined],
  ['/run/secrets/kek', undefined],
  ['vault:x', undefined],
  ['file:', undefined],
])('%j is read as %j', (text, source) => {
  expect(parseKeySource(text)).toEqual(source);
});
