// AssumeRoleWithWebIdentity: gather role, issuers and keys; let core decide; seal, put on record, answer.
import { type GatheredExchange, judgeExchange, namedRole, type WebIdentityGrant } from '../../core/exchange/index.ts';
import { type RoleArn, roleArn } from '../../core/identity/index.ts';
import { policyCache } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { PodClaims, SessionKind } from '../../core/registry/index.ts';
import { KnownTokens, type TokenClaims } from '../../core/tokens/index.ts';
import {
  type Answer,
  parseWebIdentityCall,
  type WebIdentityCall,
  type WebIdentitySession,
  webIdentityAnswer,
} from '../../core/wire/index.ts';
import type { Action, Call } from './action.ts';
import { issue, type Origin } from './issue.ts';
import type { Limits } from './limits.ts';
import type { StsPorts } from './ports.ts';
import { findRoleArn, refuseNarrowing } from './roles.ts';

/** Parsed trust policies that are kept, by content. */
const cachedDocuments = 10_000;
/** Proven tokens that are kept: five megabytes, of the usual size. */
const tokensKept = 5000;

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

function originOf({ claims, issuer }: WebIdentityGrant, kind: SessionKind): Origin {
  const pod = podOf(claims);
  const record = { audience: claims.audience, issuerId: issuer.id, ...(pod && { pod }) };
  return { kind, issuer: claims.issuer, subject: claims.subject, record };
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

/** What was given, for the answer of whichever door it was asked at. */
export interface ExchangedSession extends WebIdentitySession {
  readonly roleArn: string;
}

/** How sessions leave by one door. */
export interface Door<Given> {
  readonly kind: SessionKind;
  readonly answer: (session: ExchangedSession) => Given;
}

/** Judges the request, and gives a session that is on record in the door's form. */
export type Exchange = <Given>(call: Call, request: WebIdentityCall, door: Door<Given>) => Promise<Given | Refusal>;

const formDoor: Door<Answer> = { kind: 'web-identity', answer: webIdentityAnswer };

/** The exchange as the Query protocol asks for it. */
export function exchangeOfForm(exchange: Exchange): Action {
  return (call, parameters) => {
    const request = parseWebIdentityCall(parameters);
    return request instanceof Refusal ? request : exchange(call, request, formDoor);
  };
}

export function createExchange(ports: StsPorts, limits: Limits): Exchange {
  const readPolicy = policyCache(cachedDocuments);
  const knownTokens = new KnownTokens(tokensKept);

  async function gather(request: WebIdentityCall, arn: RoleArn, call: Call): Promise<GatheredExchange | Refusal> {
    const token = knownTokens.show(request.token);
    if (token instanceof Refusal) return token;
    const account = ports.registry.account(arn.account);
    const [issuers, access] = await Promise.all([
      account.issuers.withUrl(token.head.unverifiedIssuer),
      account.roles.access(arn.name),
    ]);
    const keys = await Promise.all(issuers.map((issuer) => ports.keys.keysOf(issuer, token.head.keyId)));
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
    knownTokens.keep(gathered.token, grant.proven);
    noteProven(call, grant);
    // Only now: which policies an account has is nothing for whoever proved nothing.
    const unfit = await refuseNarrowing(ports, request, arn.account);
    if (unfit !== undefined) return unfit;
    const throttled = limits.grant(arn.account, grant.issuer.url, ports.now());
    if (throttled !== undefined) return throttled;
    return (await refuseWithdrawn(ports, grant, request.token)) ?? grant;
  }

  return async (call, request, door) => {
    const arn = await findRoleArn(ports, request.role);
    if (arn instanceof Refusal) return arn;
    const action = 'sts:AssumeRoleWithWebIdentity';
    if (arn === undefined) return refuse('sts-not-authorized', { action }, `no role has the UUID ${request.role}`);
    const role = roleArn(arn);
    Object.assign(call.known, { accountId: arn.account, resource: role, role });
    const grant = await judge(request, arn, call);
    if (grant instanceof Refusal) return grant;
    const session = await issue(ports, call, { arn, request, grant, origin: originOf(grant, door.kind) });
    if (session instanceof Refusal) return session;
    const { subject, audience } = grant.claims;
    return door.answer({ ...session, roleArn: role, subject, audience, provider: grant.provider });
  };
}
