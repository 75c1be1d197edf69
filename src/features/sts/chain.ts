// AssumeRole: from one role's session to another's, gathered here and decided in core.
import { judgeChain, namedRole } from '../../core/exchange/index.ts';
import { roleArn } from '../../core/identity/index.ts';
import { policyCache } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { assumeRoleAnswer, parseAssumeRoleCall } from '../../core/wire/index.ts';
import type { Action } from './action.ts';
import type { Authenticate } from './callers.ts';
import { issue } from './issue.ts';
import type { StsPorts } from './ports.ts';
import { findRoleArn, refuseNarrowing } from './roles.ts';

const cachedDocuments = 10_000;

export function createChain(ports: StsPorts, authenticate: Authenticate): Action {
  const readPolicy = policyCache(cachedDocuments);
  return async (call, parameters) => {
    const caller = await authenticate(call);
    if (caller instanceof Refusal) return caller;
    if (caller.kind === 'root') return refuse('sts-caller-not-session', {});
    const request = parseAssumeRoleCall(parameters);
    if (request instanceof Refusal) return request;
    const arn = await findRoleArn(ports, request.role);
    if (arn instanceof Refusal) return arn;
    const action = 'sts:AssumeRole';
    if (arn === undefined) return refuse('sts-not-authorized', { action }, `no role has the UUID ${request.role}`);
    Object.assign(call.known, { resource: roleArn(arn), role: roleArn(arn) });
    const [access, policies] = await Promise.all([
      ports.registry.account(arn.account).roles.access(arn.name),
      ports.findPolicies(caller.facts),
    ]);
    const role = namedRole(access?.role, arn);
    const { address, encrypted } = call.request.peer;
    const grant = judgeChain({
      call: request,
      arn,
      caller,
      policies,
      role,
      trust: role && readPolicy(role.trustPolicy, 'trust'),
      now: ports.now(),
      sourceAddress: address,
      encrypted,
    });
    if (grant instanceof Refusal) return grant;
    // Only now: which policies an account has is nothing for those whom no role of it trusts.
    const unfit = await refuseNarrowing(ports, request, arn.account);
    if (unfit !== undefined) return unfit;
    const { ancestors, provenAt, latestEnd } = grant;
    const { issuer, subject } = caller.facts;
    const record = { audience: '', parentAccessKeyId: caller.accessKeyId };
    const origin = { kind: 'chained', issuer, subject, record, chain: { ancestors, provenAt }, latestEnd } as const;
    const session = await issue(ports, call, { arn, request, grant, origin });
    if (session instanceof Refusal) return session;
    return assumeRoleAnswer(session);
  };
}
