// AssumeRoleWithWebIdentity: gather role, issuers and keys; let core decide; seal, put on record, answer.
import { type GatheredExchange, judgeExchange, namedRole, type WebIdentityGrant } from '../../core/exchange/index.ts';
import { type RoleArn, roleArn } from '../../core/identity/index.ts';
import { policyCache } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { PodClaims } from '../../core/registry/index.ts';
import { readToken, type TokenClaims } from '../../core/tokens/index.ts';
import { parseWebIdentityCall, type WebIdentityCall, webIdentityAnswer } from '../../core/wire/index.ts';
import type { Action, Call } from './action.ts';
import { issue, type Origin } from './issue.ts';
import type { Limits } from './limits.ts';
import type { StsPorts } from './ports.ts';
import { findRoleArn, refuseNarrowing } from './roles.ts';

/** Parsed trust policies that are kept, by content. */
const cachedDocuments = 10_000;

function podOf({ kubernetes }: TokenClaims): PodClaims | undefined {
  return (
    kubernetes && {
      namespace: kubernetes.namespace,
      serviceAccount: kubernetes.serviceAccount.name,
      serviceAccountUid: kubernetes.serviceAccount.uid,
      pod: kubernetes.pod?.name ?? '',
      podUid: kubernetes.pod?.uid ?? '',
      node: kubernetes.node?.name ?? '',
    }
  );
}

function originOf({ claims, issuer }: WebIdentityGrant): Origin {
  const pod = podOf(claims);
  const record = { audience: claims.audience, issuerId: issuer.id, ...(pod && { pod }) };
  return { kind: 'web-identity', issuer: claims.issuer, subject: claims.subject, record };
}

/** What the audit event says from here on: the subject is proven. */
function noteProven({ known }: Call, { claims }: WebIdentityGrant): void {
  known.principal = claims.subject;
  const { kubernetes } = claims;
  if (kubernetes?.pod !== undefined) known.pod = `${kubernetes.namespace}/${kubernetes.pod.name}`;
}

/** What the cluster says against the token, where it is to be asked: a platform that cannot ask takes that for no yes. */
async function refuseWithdrawn(
  { reviewToken }: StsPorts,
  { issuer }: WebIdentityGrant,
  token: string,
): Promise<Refusal | undefined> {
  if (issuer.settings.tokenReview === undefined) return undefined;
  return reviewToken ? reviewToken(issuer, token) : refuse('sts-token-review-unavailable', { issuer: issuer.url });
}

export function createExchange(ports: StsPorts, limits: Limits): Action {
  const readPolicy = policyCache(cachedDocuments);

  async function gather(request: WebIdentityCall, arn: RoleArn, call: Call): Promise<GatheredExchange | Refusal> {
    const token = readToken(request.token);
    if (token instanceof Refusal) return token;
    const account = ports.registry.account(arn.account);
    const [issuers, access] = await Promise.all([
      account.issuers.withUrl(token.unverifiedIssuer),
      account.roles.access(arn.name),
    ]);
    const keys = await Promise.all(issuers.map((issuer) => ports.keys.keysOf(issuer, token.keyId)));
    const role = namedRole(access?.role, arn);
    return {
      call: request,
      token,
      issuers: issuers.map((issuer, index) => ({ issuer, keys: keys[index] ?? refuse('sts-unavailable', {}) })),
      role,
      trust: role && readPolicy(role.trustPolicy, 'trust'),
      now: ports.now(),
      sourceAddress: call.request.peer.address,
    };
  }

  async function judge(request: WebIdentityCall, arn: RoleArn, call: Call): Promise<WebIdentityGrant | Refusal> {
    const gathered = await gather(request, arn, call);
    if (gathered instanceof Refusal) return gathered;
    const grant = judgeExchange(gathered);
    if (grant instanceof Refusal) return grant;
    noteProven(call, grant);
    // Only now: which policies an account has is nothing for whoever proved nothing.
    const unfit = await refuseNarrowing(ports, request, arn.account);
    if (unfit !== undefined) return unfit;
    const throttled = limits.grant(arn.account, grant.issuer.url, ports.now());
    if (throttled !== undefined) return throttled;
    return (await refuseWithdrawn(ports, grant, request.token)) ?? grant;
  }

  return async (call) => {
    const request = parseWebIdentityCall(call.parameters);
    if (request instanceof Refusal) return request;
    const arn = await findRoleArn(ports, request.role);
    if (arn instanceof Refusal) return arn;
    const action = 'sts:AssumeRoleWithWebIdentity';
    if (arn === undefined) return refuse('sts-not-authorized', { action }, `no role has the UUID ${request.role}`);
    Object.assign(call.known, { accountId: arn.account, resource: roleArn(arn), role: roleArn(arn) });
    const grant = await judge(request, arn, call);
    if (grant instanceof Refusal) return grant;
    const session = await issue(ports, call, { arn, request, grant, origin: originOf(grant) });
    if (session instanceof Refusal) return session;
    const { subject, audience } = grant.claims;
    return webIdentityAnswer({ ...session, subject, audience, provider: grant.provider });
  };
}
