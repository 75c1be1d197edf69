// Who calls: the actions whose requests are signed, and what they tell of whoever signed.
import { sessionArn } from '../../core/authorization/index.ts';
import { accessKeyPrefix, authenticate, type Caller, createSigningKeys } from '../../core/credentials/index.ts';
import { rootArn } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { accessKeyInfoAnswer, callerIdentityAnswer, parseAccessKeyInfoCall } from '../../core/wire/index.ts';
import type { Action, Call } from './action.ts';
import type { StsPorts } from './ports.ts';

/** Whoever signed the call; from here on its audit event names them. */
export type Authenticate = (call: Call) => Promise<Caller | Refusal>;

const cachedSigningKeys = 10_000;
const accountOf = (caller: Caller) => (caller.kind === 'root' ? caller.accountId : caller.facts.accountId);
const arnOf = (caller: Caller) => (caller.kind === 'root' ? rootArn(caller.accountId) : sessionArn(caller.facts));

export function createAuthenticate(ports: StsPorts): Authenticate {
  const signingKeys = createSigningKeys(cachedSigningKeys);
  return async ({ request, known }) => {
    const caller = await authenticate(request, { ...ports, now: ports.now(), service: 'sts', signingKeys });
    if (caller instanceof Refusal) return caller;
    known.accountId = accountOf(caller);
    known.principal = arnOf(caller);
    return caller;
  };
}

/** It needs no permission, so that anyone can find out who they are. */
export function createGetCallerIdentity(authenticated: Authenticate): Action {
  return async (call) => {
    const caller = await authenticated(call);
    if (caller instanceof Refusal) return caller;
    const account = accountOf(caller);
    const userId = caller.kind === 'root' ? account : `${caller.facts.roleId}:${caller.facts.sessionName}`;
    return callerIdentityAnswer({ userId, account, arn: arnOf(caller) });
  };
}

/** Of keys of the caller's own account: whose any other is, is nobody's business. */
export function createGetAccessKeyInfo(ports: StsPorts, authenticated: Authenticate): Action {
  async function isOwn(accessKeyId: string, account: string): Promise<boolean> {
    if (accessKeyPrefix(accessKeyId) === 'AKIA') return (await ports.findRootKey(accessKeyId))?.accountId === account;
    return (await ports.registry.account(account).sessions.find(accessKeyId)) !== undefined;
  }

  return async (call, parameters) => {
    const caller = await authenticated(call);
    if (caller instanceof Refusal) return caller;
    const accessKeyId = parseAccessKeyInfoCall(parameters);
    if (accessKeyId instanceof Refusal) return accessKeyId;
    const account = accountOf(caller);
    if (await isOwn(accessKeyId, account)) return accessKeyInfoAnswer(account);
    return refuse('sts-access-key-other', { accessKeyId });
  };
}

/** Calls of AWS that would give a session credentials out of nothing (MinIO CVE-2025-62506). */
export function createNotForSessions(action: string, authenticated: Authenticate): Action {
  return async (call) => {
    const caller = await authenticated(call);
    if (caller instanceof Refusal) return caller;
    return caller.kind === 'session'
      ? refuse('sts-not-for-sessions', { action })
      : refuse('sts-action-unknown', { action });
  };
}
