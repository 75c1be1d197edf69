// What the STS needs from the world.
import type { Keyring } from '../../core/credentials/index.ts';
import type { AuditEvent, Issuer, Role, SessionRecord } from '../../core/registry/index.ts';

export interface StsPorts {
  readonly registry: {
    findIssuer(accountId: string, url: string): Promise<Issuer | undefined>;
    findRole(accountId: string, name: string): Promise<Role | undefined>;
    /** Resolves once session and event are on the disk. */
    issueSession(session: SessionRecord, event: AuditEvent): Promise<void>;
    appendAudit(event: AuditEvent): Promise<void>;
  };
  /** The account's own key, its secret decrypted. */
  readonly findRootKey: (
    accessKeyId: string,
  ) => Promise<{ readonly accountId: string; readonly secretAccessKey: string } | undefined>;
  /** The keys that seal session tokens. */
  readonly keyring: Keyring;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly newRequestId: () => string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}
