// What keeping keys needs from the world.
import type { Refusal } from '../../core/refusals/index.ts';
import type { KeyEncryptionKeys, SealedSecret, SealingKey } from '../../core/registry/index.ts';
import type { StoredSecret } from '../../io/sql/index.ts';

export interface KeyPorts {
  readonly registry: {
    readonly sealingKeys: {
      list(): Promise<readonly SealingKey[]>;
      add(key: Omit<SealingKey, 'state' | 'changedAt'>): Promise<SealingKey | Refusal>;
      activate(id: string, at: number): Promise<Refusal | undefined>;
      remove(id: string): Promise<Refusal | undefined>;
    };
    readonly secrets: {
      notUnder(keyId: string, limit: number): Promise<readonly StoredSecret[]>;
      replace(stored: StoredSecret, by: SealedSecret): Promise<void>;
    };
  };
  /** What secrets are encrypted under at rest. */
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}
