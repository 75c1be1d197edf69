// Who asks the gateway, for what, and whether they may: gathered from the request and the registry, decided in core.
import { judgeRequest, sessionArn } from '../../core/authorization/index.ts';
import { authenticate, type Caller, createSigningKeys } from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import { type NamedPolicy, type PolicyReader, policyCache } from '../../core/policy/index.ts';
import { Refusal } from '../../core/refusals/index.ts';
import type { PermissionPolicy } from '../../core/registry/index.ts';
import { matchRoute, type Operation } from '../../core/routes/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import { refuseOverride } from './headers.ts';
import type { GatewayPorts } from './ports.ts';

const cachedDocuments = 10_000;

/** What was found out about a request so far, for its audit event. */
export interface Judgement {
  principal: string;
  accountId: string;
  operation: Operation;
}

export interface Passed {
  readonly accountId: string;
  readonly principal: string;
  readonly reason: string;
}

const principalOf = (caller: Caller) => (caller.kind === 'root' ? rootArn(caller.accountId) : sessionArn(caller.facts));
const accountOf = (caller: Caller) => (caller.kind === 'root' ? caller.accountId : caller.facts.accountId);

function readPolicies(read: PolicyReader, stored: readonly PermissionPolicy[]): readonly NamedPolicy[] {
  // A policy that cannot be read any more allows nothing; what it denied is lost with it, so nothing else may allow.
  const policies = stored.map(({ name, document }) => ({ name, policy: read(document, 'permission') }));
  const readable = policies.flatMap(({ name, policy }) => (policy instanceof Refusal ? [] : [{ name, policy }]));
  return readable.length === policies.length ? readable : [];
}

/** What is found out on the way goes into `known`, so that a refusal's audit event has it, too. */
export type Judge = (request: HttpRequest, known: Judgement) => Promise<Passed | Refusal>;

export function createJudge(ports: GatewayPorts): Judge {
  const read = policyCache(cachedDocuments);
  const signingKeys = createSigningKeys(cachedDocuments);
  return async (request, known) => {
    const caller = await authenticate(request, {
      ...ports,
      now: ports.now(),
      service: ports.routes.service,
      signingKeys,
    });
    if (caller instanceof Refusal) return caller;
    known.principal = principalOf(caller);
    known.accountId = accountOf(caller);
    const operation = refuseOverride(request) ?? matchRoute(ports.routes, request, known.accountId);
    if (operation instanceof Refusal) return operation;
    known.operation = operation;
    if (caller.kind === 'root') return { ...known, reason: 'the account’s own key' };
    const { facts: session } = caller;
    const role = await ports.registry.findRoleById(session.accountId, session.roleId);
    const sessionPolicy = session.sessionPolicy === undefined ? undefined : read(session.sessionPolicy, 'permission');
    if (sessionPolicy instanceof Refusal) return sessionPolicy;
    const verdict = judgeRequest({
      session,
      operation,
      permissions: role && readPolicies(read, role.permissions),
      sessionPolicy: sessionPolicy && { name: 'the session policy', policy: sessionPolicy },
      now: ports.now(),
      sourceAddress: request.peer.address,
      encrypted: request.peer.encrypted,
    });
    return verdict instanceof Refusal ? verdict : { ...known, reason: verdict.reason };
  };
}
