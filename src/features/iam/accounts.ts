// Accounts and their root keys.
import { newAccessKey } from '../../core/credentials/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import { type Account, openSecret, type RootKey, sealSecret, secretPurposes } from '../../core/registry/index.ts';
import type { IamPorts } from './ports.ts';

export interface OpenedAccount {
  readonly account: Account;
  /** The only time that the secret is told. */
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Twelve digits, the first not 0, from eight random bytes: every account is about as likely. */
function accountId(random: Uint8Array): string {
  const number = new DataView(random.buffer, random.byteOffset, 8).getBigUint64(0);
  return String(100_000_000_000n + (number % 900_000_000_000n));
}

/** Opens an account with a root key. */
export async function openAccount(ports: IamPorts, name: string): Promise<OpenedAccount | Refusal> {
  const account = { id: accountId(ports.randomBytes(8)), name, createdAt: ports.now() };
  const rootKey = newAccessKey('AKIA', ports.randomBytes);
  const secret = Buffer.from(rootKey.secretAccessKey);
  const conflict = await ports.registry.accounts.open(account, {
    accessKeyId: rootKey.accessKeyId,
    secret: sealSecret(secret, ports.keyEncryptionKeys, {
      purpose: secretPurposes.rootKey(account.id, rootKey.accessKeyId),
      nonce: ports.randomBytes(12),
    }),
    status: 'active',
    createdAt: account.createdAt,
  });
  return conflict ?? { account, rootKey };
}

export interface RootCredentials {
  readonly accountId: string;
  readonly secretAccessKey: string;
}

type KeyPorts = Pick<IamPorts, 'registry' | 'keyEncryptionKeys'>;

function openRootKey(key: RootKey, { keyEncryptionKeys }: KeyPorts): RootCredentials {
  const purpose = secretPurposes.rootKey(key.accountId, key.accessKeyId);
  const secret = openSecret(key.secret, keyEncryptionKeys, purpose);
  if (secret instanceof Refusal) throw new Error(`the secret of ${key.accessKeyId} cannot be decrypted`);
  return { accountId: key.accountId, secretAccessKey: Buffer.from(secret).toString() };
}

/** The root key of that id with its secret decrypted; undefined where there is none. */
export async function findRootCredentials(ports: KeyPorts, accessKeyId: string): Promise<RootCredentials | undefined> {
  const key = await ports.registry.findRootKey(accessKeyId);
  return key && openRootKey(key, ports);
}

/** The same for every signed call: a record that the registry remembers is decrypted once, and forgotten with it. */
export function createFindRootKey(ports: KeyPorts): (accessKeyId: string) => Promise<RootCredentials | undefined> {
  const opened = new WeakMap<RootKey, RootCredentials>();
  return async (accessKeyId) => {
    const key = await ports.registry.findRootKey(accessKeyId);
    if (!key) return undefined;
    const credentials = opened.get(key) ?? openRootKey(key, ports);
    opened.set(key, credentials);
    return credentials;
  };
}
