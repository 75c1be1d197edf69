// AssumeRoleWithWebIdentity: gather role, issuer and keys; let core decide; seal, put on record, answer.
import { newAccessKey, sealSession } from '../../core/credentials/index.ts';
import { type GatheredExchange, judgeExchange } from '../../core/exchange/index.ts';
import { assumedRoleArn, homePartition, parseRoleArn, type RoleArn } from '../../core/identity/index.ts';
import { parsePolicy, policyCache } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { keySetCache, readToken } from '../../core/tokens/index.ts';
import { parseWebIdentityCall, type WebIdentityCall, webIdentityXml } from '../../core/wire/index.ts';
import type { Action } from './action.ts';
import type { StsPorts } from './ports.ts';
import { type Granted, grantedEvent, sessionFacts, sessionRecord } from './session.ts';

/** Parsed trust policies and key sets that are kept, by content. */
const cachedDocuments = 10_000;

interface Asked {
  readonly call: WebIdentityCall;
  readonly arn: RoleArn;
  readonly facts: { readonly requestId: string; readonly sourceAddress: string };
}

export function createExchange(ports: StsPorts): Action {
  const readPolicy = policyCache(cachedDocuments);
  const keySets = keySetCache(cachedDocuments);

  async function gather({ call, arn, facts }: Asked): Promise<GatheredExchange | Refusal> {
    const token = readToken(call.token);
    if (token instanceof Refusal) return token;
    const [issuer, role] = await Promise.all([
      ports.registry.findIssuer(arn.account, token.unverifiedIssuer),
      ports.registry.findRole(arn.account, arn.name),
    ]);
    const isNamed = role?.path === arn.path && arn.partition === homePartition;
    const named = isNamed ? role : undefined;
    return {
      call,
      token,
      issuer,
      keys: issuer && keySets(issuer.jwks),
      role: named,
      trust: named && readPolicy(named.trustPolicy, 'trust'),
      now: ports.now(),
      sourceAddress: facts.sourceAddress,
    };
  }

  async function exchange(asked: Asked): Promise<string | Refusal> {
    const { call } = asked;
    const sessionPolicy = call.policy === undefined ? undefined : parsePolicy(call.policy, 'permission');
    if (sessionPolicy instanceof Refusal) return sessionPolicy;
    const gathered = await gather(asked);
    if (gathered instanceof Refusal) return gathered;
    const grant = judgeExchange(gathered);
    return grant instanceof Refusal ? grant : issue(ports, { ...asked, grant });
  }

  return async ({ request, requestId, parameters }) => {
    const call = parseWebIdentityCall(parameters);
    if (call instanceof Refusal) return call;
    const arn = parseRoleArn(call.roleArn);
    if (!arn) return refuse('sts-role-arn-malformed', { arn: call.roleArn });
    return exchange({ call, arn, facts: { requestId, sourceAddress: request.peer.address } });
  };
}

/** No credentials leave before their session is on record. */
async function issue(ports: StsPorts, granted: Granted): Promise<string | Refusal> {
  const { call, arn, grant, facts } = granted;
  const { accessKeyId, secretAccessKey } = newAccessKey('ASIA', ports.randomBytes);
  // SDKs are told whole seconds: the session ends when they are told that it does.
  const issuedAt = ports.now();
  const times = { issuedAt, expiresAt: Math.floor(issuedAt / 1000 + grant.durationSeconds) * 1000 };
  const session = sessionFacts(granted, times, secretAccessKey);
  const sessionToken = sealSession(session, accessKeyId, ports.keyring, ports.randomBytes(12));
  try {
    await ports.registry.issueSession(sessionRecord(granted, times, accessKeyId), grantedEvent(granted, issuedAt));
  } catch (error) {
    ports.log('error', 'a session could not be put on record', { requestId: facts.requestId, error: String(error) });
    return refuse('sts-unavailable', {});
  }
  const answer = {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresAt: times.expiresAt,
    subject: grant.claims.subject,
    audience: grant.claims.audience,
    provider: grant.provider,
    assumedRoleId: `${grant.role.id}:${call.sessionName}`,
    assumedRoleArn: assumedRoleArn(arn, call.sessionName),
  };
  return webIdentityXml(answer, facts.requestId);
}
