// Who calls the API, whose records they mean, and whether they may: gathered here, decided in core.
import { judgeRequest, sessionArn, sessionRoleArn } from '../../core/authorization/index.ts';
import { authenticate, authenticateBearer, bearerOf, createSigningKeys } from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { type HttpRequest, headerValues } from '../../core/wire/index.ts';
import type { AdministrationPorts } from './ports.ts';
import type { ApiCaller, BoundCall, Route } from './route.ts';

const cachedSigningKeys = 10_000;

/** The service that a signature is for. */
const service = 'podiam';

export type FindCaller = (request: HttpRequest) => Promise<ApiCaller | Refusal>;

async function findOperatorKey({ registry }: AdministrationPorts, id: string) {
  const key = await registry.operatorKeys.find(id);
  return key?.status === 'active' ? key : undefined;
}

/** By a Bearer string or a signature: never by both, of which one would count and the other be seen. */
export function createFindCaller(ports: AdministrationPorts): FindCaller {
  const signingKeys = createSigningKeys(cachedSigningKeys);
  return async (request) => {
    const bearer = bearerOf(request);
    if (bearer instanceof Refusal) return bearer;
    const now = ports.now();
    if (bearer !== undefined) {
      return authenticateBearer(bearer, { ...ports, now, findOperatorKey: (id) => findOperatorKey(ports, id) });
    }
    const isSigned = headerValues(request, 'authorization').length > 0 || request.query.includes('X-Amz-Signature');
    if (!isSigned) return refuse('caller-missing', {});
    return authenticate(request, { ...ports, now, service, signingKeys });
  };
}

export function principalOf(caller: ApiCaller): string {
  if (caller.kind === 'operator') return `operator/${caller.name}`;
  return caller.kind === 'root' ? rootArn(caller.accountId) : sessionArn(caller.facts);
}

/** For the audit event. */
export function roleOf(caller: ApiCaller | undefined) {
  return caller?.kind === 'session' ? { role: sessionRoleArn(caller.facts), accessKeyId: caller.accessKeyId } : {};
}

/**
 * Whose records a call means:
 *   1. the caller's own account, which a parameter `account` may name, and no other,
 *   2. for the operator, the account that the parameter names,
 *   3. for the operator without one, all accounts, where the operation knows that.
 */
export function findAccount(
  { audience }: Pick<Route, 'audience'>,
  caller: ApiCaller,
  named: string | undefined,
): { readonly accountId: string | undefined } | Refusal {
  if (audience === 'operator') return { accountId: undefined };
  if (caller.kind !== 'operator') {
    const accountId = caller.kind === 'root' ? caller.accountId : caller.facts.accountId;
    return named === undefined || named === accountId ? { accountId } : refuse('account-other', { account: named });
  }
  return named === undefined && audience === 'account' ? refuse('account-not-named', {}) : { accountId: named };
}

/** The reason why the caller may, or the refusal. */
export async function judgeCaller(
  { action = '', audience, id, resource }: Route,
  call: BoundCall,
): Promise<string | Refusal> {
  const { at, caller, ports, request } = call;
  if (caller?.kind === 'operator') return 'the operator’s key';
  if (audience === 'operator') return refuse('operator-only', { operation: id });
  if (caller === undefined) return refuse('caller-missing', {});
  if (caller.kind === 'root') return 'the account’s own key';
  const verdict = judgeRequest({
    session: caller.facts,
    operation: { action, resource: (await resource?.(call)) ?? '*' },
    policies: await ports.findPolicies(caller.facts),
    now: at,
    sourceAddress: request.peer.address,
    encrypted: request.peer.encrypted,
  });
  return verdict instanceof Refusal ? verdict : verdict.reason;
}
