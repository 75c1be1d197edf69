// Sealing keys and the key-encryption key, exchanged while everything goes on.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openSession, sealSession } from '../../../src/core/credentials/index.ts';
import { keyEncryptionKeys } from '../../../src/core/registry/index.ts';
import { findRootCredentials, openAccount } from '../../../src/features/iam/index.ts';
import { encryptAnew, openKeyring, prepareSealingKey, tendSealingKeys } from '../../../src/features/keys/index.ts';
import { must, newPlatform, noon } from '../platform.ts';

const session = {
  accountId: '111122223333',
  roleId: 'AROAAAAAAAAAAAAAAAAAA',
  roleName: 'r',
  rolePath: '/',
  partition: 'aws',
  sessionName: 's',
  secretAccessKey: 'x'.repeat(40),
  issuedAt: noon,
  expiresAt: noon + 3_600_000,
  issuer: 'https://a',
  subject: 'system:serviceaccount:n:s',
  tags: {},
};

describe('the sealing keys', () => {
  test('the first is made once, and is the same after a restart', async () => {
    const { ports } = newPlatform();
    const first = must(await openKeyring(ports));
    expect(first.keys.size).toBe(1);
    expect(must(await openKeyring(ports)).currentId).toBe(first.currentId);
  });

  test('F20 the next one is known before it is used, and the last one until its sessions have ended', async () => {
    const { ports, clock } = newPlatform();
    const before = must(await openKeyring(ports));
    const token = sealSession(session, 'ASIA1', before, randomBytes(12));
    const prepared = must(await prepareSealingKey(ports));
    expect(must(await prepareSealingKey(ports)).id).toBe(prepared.id);
    await tendSealingKeys(ports);
    const meanwhile = must(await openKeyring(ports));
    expect([meanwhile.currentId, meanwhile.keys.size]).toEqual([before.currentId, 2]);
    clock.now += 10_000;
    await tendSealingKeys(ports);
    const after = must(await openKeyring(ports));
    expect(after.currentId).toBe(prepared.id);
    expect(openSession(token, 'ASIA1', after)).toMatchObject({ roleId: session.roleId });
    clock.now += 43_499_000;
    await tendSealingKeys(ports);
    expect(must(await openKeyring(ports)).keys.size).toBe(2);
    clock.now += 1000;
    await tendSealingKeys(ports);
    const last = must(await openKeyring(ports));
    expect([...last.keys.keys()]).toEqual([prepared.id]);
    expect(openSession(token, 'ASIA1', last)).toMatchObject({ code: 'session-token-key-unknown' });
  });

  test('are no use to whoever has another key-encryption key', async () => {
    const { ports } = newPlatform();
    await openKeyring(ports);
    const stranger = { ...ports, keyEncryptionKeys: keyEncryptionKeys([randomBytes(32)]) };
    expect(await openKeyring(stranger)).toMatchObject({ code: 'key-encryption-key-unknown' });
  });
});

test('a new key-encryption key takes over everything, after which the old one opens nothing and is not missed', async () => {
  const { ports } = newPlatform();
  const { account, rootKey } = must(await openAccount(ports, 'a'));
  const keyring = must(await openKeyring(ports));
  const [oldKey] = ports.keyEncryptionKeys.keys.values();
  const newKey = randomBytes(32);
  const both = { ...ports, keyEncryptionKeys: keyEncryptionKeys([newKey, oldKey ?? expect.fail()]) };
  const alone = { ...ports, keyEncryptionKeys: keyEncryptionKeys([newKey]) };
  expect(await encryptAnew(alone)).toMatchObject({ code: 'key-encryption-key-unknown' });
  expect(await encryptAnew(both)).toBe(2);
  expect(await encryptAnew(both)).toBe(0);
  expect(must(await openKeyring(alone)).currentId).toBe(keyring.currentId);
  expect(await findRootCredentials(alone, rootKey.accessKeyId)).toEqual({
    accountId: account.id,
    secretAccessKey: rootKey.secretAccessKey,
  });
  expect(await openKeyring(ports)).toMatchObject({ code: 'key-encryption-key-unknown' });
});
