// Accounts and their root keys.
import { newAccessKey, openEnvelope, sealEnvelope } from '../../core/credentials/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import type { Account } from '../../core/registry/index.ts';
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

/** What an encrypted secret is bound to, so that it opens nothing in another place. */
const rootKeyPurpose = (accountId: string, accessKeyId: string) => `root-key/${accountId}/${accessKeyId}`;

/** Opens an account with a root key. */
export async function openAccount(ports: IamPorts, name: string): Promise<OpenedAccount | Refusal> {
  const account = { id: accountId(ports.randomBytes(8)), name, createdAt: ports.now() };
  const rootKey = newAccessKey('AKIA', ports.randomBytes);
  const secret = Buffer.from(rootKey.secretAccessKey);
  const conflict = await ports.registry.openAccount(account, {
    accessKeyId: rootKey.accessKeyId,
    encryptedSecret: sealEnvelope(secret, {
      key: ports.keyEncryptionKey,
      purpose: rootKeyPurpose(account.id, rootKey.accessKeyId),
      nonce: ports.randomBytes(12),
    }),
    createdAt: account.createdAt,
  });
  return conflict ?? { account, rootKey };
}

export interface RootCredentials {
  readonly accountId: string;
  readonly secretAccessKey: string;
}

/** The root key of that id with its secret decrypted; undefined where there is none. */
export async function findRootCredentials(
  ports: Pick<IamPorts, 'registry' | 'keyEncryptionKey'>,
  accessKeyId: string,
): Promise<RootCredentials | undefined> {
  const key = await ports.registry.findRootKey(accessKeyId);
  if (!key) return undefined;
  const purpose = rootKeyPurpose(key.accountId, key.accessKeyId);
  const secret = openEnvelope(key.encryptedSecret, { key: ports.keyEncryptionKey, purpose });
  if (secret instanceof Refusal) throw new Error(`the secret of ${accessKeyId} cannot be decrypted`);
  return { accountId: key.accountId, secretAccessKey: Buffer.from(secret).toString() };
}
