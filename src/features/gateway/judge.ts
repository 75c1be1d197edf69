// Who asks the gateway, for what, and whether they may: gathered from the request and the registry, decided in core.
import { judgeRequest, sessionArn, sessionRoleArn } from '../../core/authorization/index.ts';
import {
  authenticate,
  authenticateSession,
  bearerOf,
  type Caller,
  createSigningKeys,
} from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import type { AuditEvent } from '../../core/registry/index.ts';
import { matchRoute, type Operation } from '../../core/routes/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import { refuseOverride } from './headers.ts';
import type { GatewayPorts } from './ports.ts';

const cachedSigningKeys = 10_000;

/** What was found out about a request so far, for its audit event. */
export interface Judgement {
  principal: string;
  accountId: string;
  operation: Operation;
  /** Of whoever asks: of a session, its role, too. */
  key: Pick<AuditEvent, 'role' | 'accessKeyId'>;
}

export interface Passed {
  readonly accountId: string;
  readonly principal: string;
  readonly reason: string;
}

const principalOf = (caller: Caller) => (caller.kind === 'root' ? rootArn(caller.accountId) : sessionArn(caller.facts));
const accountOf = (caller: Caller) => (caller.kind === 'root' ? caller.accountId : caller.facts.accountId);

function keyOf(caller: Caller): Judgement['key'] {
  const { accessKeyId } = caller;
  return caller.kind === 'root' ? { accessKeyId } : { accessKeyId, role: sessionRoleArn(caller.facts) };
}

/** What is found out on the way goes into `known`, so that a refusal's audit event has it, too. */
export type Judge = (request: HttpRequest, known: Judgement) => Promise<Passed | Refusal>;

/** Whoever shows a session's Bearer string, or signed for the API's service. */
function createFindCaller(ports: GatewayPorts): (request: HttpRequest) => Promise<Caller | Refusal> {
  const signingKeys = createSigningKeys(cachedSigningKeys);
  return async (request) => {
    const now = ports.now();
    const bearer = bearerOf(request);
    if (bearer instanceof Refusal) return bearer;
    if (bearer !== undefined) return authenticateSession(bearer, { ...ports, now });
    return authenticate(request, { ...ports, now, service: ports.routes.service, signingKeys });
  };
}

export function createJudge(ports: GatewayPorts): Judge {
  const findCaller = createFindCaller(ports);
  return async (request, known) => {
    const caller = await findCaller(request);
    if (caller instanceof Refusal) return caller;
    known.key = keyOf(caller);
    known.principal = principalOf(caller);
    known.accountId = accountOf(caller);
    const operation = refuseOverride(request) ?? matchRoute(ports.routes, request, known.accountId);
    if (operation instanceof Refusal) return operation;
    known.operation = operation;
    if (caller.kind === 'root') return { ...known, reason: 'the account’s own key' };
    const { facts: session } = caller;
    const verdict = judgeRequest({
      session,
      operation,
      policies: await ports.findPolicies(session),
      now: ports.now(),
      sourceAddress: request.peer.address,
      encrypted: request.peer.encrypted,
    });
    return verdict instanceof Refusal ? verdict : { ...known, reason: verdict.reason };
  };
}
