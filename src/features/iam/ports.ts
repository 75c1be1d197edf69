// What account keeping needs from the world.
import type { Refusal } from '../../core/refusals/index.ts';
import type { Account, KeyEncryptionKeys, RootKey } from '../../core/registry/index.ts';
import type { AccountRegistry, NewRootKey } from '../../io/sql/index.ts';

export interface IamPorts {
  readonly registry: {
    /** Both or neither. */
    readonly accounts: { open(account: Account, rootKey: NewRootKey): Promise<Refusal | undefined> };
    findRootKey(accessKeyId: string): Promise<RootKey | undefined>;
    account(id: string): Pick<AccountRegistry, 'issuers' | 'roles'>;
  };
  /** What secrets are encrypted under at rest. */
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}
