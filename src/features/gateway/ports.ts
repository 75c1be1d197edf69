// What the gateway needs from the world.
import type { Keyring } from '../../core/credentials/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent, Role } from '../../core/registry/index.ts';
import type { RouteTable } from '../../core/routes/index.ts';
import type { HttpRequest, HttpResponse } from '../../core/wire/index.ts';

export interface GatewayPorts {
  readonly routes: RouteTable;
  readonly registry: {
    findRoleById(accountId: string, roleId: string): Promise<Role | undefined>;
    appendAudit(event: AuditEvent): Promise<void>;
  };
  readonly findRootKey: (
    accessKeyId: string,
  ) => Promise<{ readonly accountId: string; readonly secretAccessKey: string } | undefined>;
  readonly keyring: Keyring;
  /** Sends the request on to the API as it was judged, with these headers set and the named ones left out. */
  readonly forward: (
    request: HttpRequest,
    headers: { readonly set: Readonly<Record<string, string>>; readonly drop: (name: string) => boolean },
  ) => Promise<HttpResponse | Refusal>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newRequestId: () => string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) => void;
}
