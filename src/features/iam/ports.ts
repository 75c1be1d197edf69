// What account keeping needs from the world.
import type { Refusal } from '../../core/refusals/index.ts';
import type { Account, Issuer, Role, RootKey } from '../../core/registry/index.ts';

export interface IamPorts {
  readonly registry: {
    /** Both or neither. */
    openAccount(account: Account, rootKey: Omit<RootKey, 'accountId'>): Promise<Refusal | undefined>;
    findRootKey(accessKeyId: string): Promise<RootKey | undefined>;
    putIssuer(issuer: Issuer): Promise<void>;
    createRole(role: Role): Promise<Refusal | undefined>;
  };
  /** The 32 bytes under which secrets are encrypted at rest. */
  readonly keyEncryptionKey: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}
