// What the gateway needs from the world.
import type { Authority, SessionFacts } from '../../core/credentials/index.ts';
import type { SessionPolicies } from '../../core/policy/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import type { RouteTable } from '../../core/routes/index.ts';
import type { HttpRequest, HttpResponse } from '../../core/wire/index.ts';

export interface GatewayPorts extends Authority {
  readonly routes: RouteTable;
  readonly registry: {
    appendAudit(event: AuditEvent): Promise<void>;
  };
  /** What a session may do now; undefined where its role is gone. */
  readonly findPolicies: (session: SessionFacts) => Promise<SessionPolicies | undefined>;
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
