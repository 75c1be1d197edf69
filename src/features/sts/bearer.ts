// The exchange without a form: a service-account token for a session that is shown as a Bearer string (RFC 6750). Whoever
// shows it signs nothing, so the session's secret access key goes to nobody.
import type { Refusal } from '../../core/refusals/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import { newCall } from './action.ts';
import type { Conduct } from './conduct.ts';
import type { Door, Exchange } from './exchange.ts';

export interface TokenExchange {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly token: string;
  /** A role's ARN or UUID. */
  readonly role: string;
  /** 2 to 64 characters, as `RoleSessionName` has them. */
  readonly sessionName: string;
}

export interface BearerSession {
  readonly bearer: string;
  readonly accessKeyId: string;
  readonly roleArn: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Every role's sessions may last this long. */
const bearerSeconds = 3600;

const bearerDoor: Door<BearerSession> = {
  kind: 'bearer',
  answer: ({ accessKeyId, expiresAt, roleArn, sessionToken }) => ({
    bearer: sessionToken,
    accessKeyId,
    roleArn,
    expiresAt,
  }),
};

/** The session, or the refusal, which is in the log and on record already. */
export function exchangeForBearer(
  { request, requestId, role, sessionName, token }: TokenExchange,
  exchange: Exchange,
  conduct: Conduct,
): Promise<BearerSession | Refusal> {
  const call = newCall(request, requestId, 'AssumeRoleWithWebIdentity');
  const asked = { role, sessionName, token, durationSeconds: bearerSeconds, policy: undefined, policyArns: [] };
  return conduct(call, () => exchange(call, asked, bearerDoor));
}
