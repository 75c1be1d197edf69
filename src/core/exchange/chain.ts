// The decision of AssumeRole: may this session become a session of that role? Chaining only narrows: it needs the role's
// trust and the caller's own permission, both, and no chain outlives the longest session that there is.
import { type Circumstances, sessionArn, sessionContext, sessionRoleArn } from '../authorization/index.ts';
import type { SessionFacts } from '../credentials/index.ts';
import { type RoleArn, roleArn } from '../identity/index.ts';
import {
  type Decision,
  evaluate,
  evaluateSession,
  FoldedContext,
  type Policy,
  type SessionPolicies,
} from '../policy/index.ts';
import { Refusal, refuse } from '../refusals/index.ts';
import type { Role } from '../registry/index.ts';
import type { AssumeRoleCall } from '../wire/index.ts';
import { type Grant, judgeActions, neededActions, notAuthorized } from './grant.ts';
import { ownTags, refuseTags, type SessionTags, tagContext } from './tags.ts';

export interface GatheredChain extends Circumstances {
  readonly call: AssumeRoleCall;
  readonly arn: RoleArn;
  readonly caller: { readonly accessKeyId: string; readonly facts: SessionFacts };
  /** The caller's policies as they are now; undefined where its role is gone. */
  readonly policies: SessionPolicies | undefined;
  /** The role, and its trust policy, if it exists. */
  readonly role: Role | undefined;
  readonly trust: Policy | Refusal | undefined;
}

export interface ChainGrant extends Grant {
  /** The sessions that it comes from, the first one first; and when that one was issued. */
  readonly ancestors: readonly string[];
  readonly provenAt: number;
  /** The latest moment at which it may end, in milliseconds since the epoch. */
  readonly latestEnd: number;
}

const action = 'sts:AssumeRole';
/** AWS STS API Reference, "AssumeRole": a chained session lasts an hour at most. */
const longestChained = 3600;
/** As the longest session of any role: a chain could else renew itself for ever, long after its pod is gone. */
const longestChain = 43_200_000;
const mostAncestors = 8;

/** What the caller's session hands on, which a request may add to and not change. */
function inherited({ tags, transitiveTagKeys = [] }: SessionFacts): SessionTags {
  const kept = new Set(transitiveTagKeys);
  return { ...Object.fromEntries(Object.entries(tags).filter(([key]) => kept.has(key))), ...ownTags(tags) };
}

function refuseRequest({ call, caller: { facts } }: GatheredChain): Refusal | undefined {
  const unfit = refuseTags(call.tags);
  if (unfit !== undefined) return unfit;
  const fixed = new Set(Object.keys(inherited(facts)).map((key) => key.toLowerCase()));
  const changed = Object.keys(call.tags).find((key) => fixed.has(key.toLowerCase()));
  if (changed !== undefined) return refuse('sts-tag-inherited', { key: changed });
  const { sourceIdentity } = facts;
  if (sourceIdentity !== undefined && (call.sourceIdentity ?? sourceIdentity) !== sourceIdentity) {
    return refuse('sts-source-identity-fixed', {});
  }
  if (call.durationSeconds > longestChained) return refuse('sts-chain-too-long', { longest: longestChained });
  return undefined;
}

function refuseAge({ caller: { facts }, now }: GatheredChain, provenAt: number): Refusal | undefined {
  const isOld = now >= provenAt + longestChain;
  if (!isOld && (facts.ancestors?.length ?? 0) < mostAncestors) return undefined;
  return refuse('sts-chain-ended', { links: mostAncestors, hours: longestChain / 3_600_000 });
}

/** The caller is its session and its role: a trust policy may name either, and a Deny of either counts. */
function trusts(policy: Policy, { role, facts }: { role: Role; facts: SessionFacts }, context: FoldedContext) {
  const policies = [{ name: `the trust policy of ${role.name}`, policy }];
  return (one: string): Decision => {
    const [first, second] = [sessionRoleArn(facts), sessionArn(facts)].map((id) =>
      evaluate(policies, { action: one, principal: { type: 'AWS', id }, context }),
    );
    const decisions = [first, second].filter((decision) => decision !== undefined);
    const deciding =
      decisions.find(({ basis }) => basis === 'explicit-deny') ?? decisions.find(({ basis }) => basis === 'allow');
    return deciding ?? first ?? { outcome: 'refused', basis: 'implicit-deny', reason: 'nobody asked' };
  };
}

/**
 * Judges in this order:
 *   1. the request itself: fit tags that change none that are handed on, one source identity, at most an hour,
 *   2. the chain's age and length,
 *   3. the caller's own policies allow it on that role,
 *   4. the role exists and its trust policy allows it,
 *   5. the duration is within the role's.
 */
export function judgeChain(gathered: GatheredChain): ChainGrant | Refusal {
  const { call, arn, caller, policies, role, trust } = gathered;
  const { facts } = caller;
  const provenAt = facts.provenAt ?? facts.issuedAt;
  const wrong = refuseRequest(gathered) ?? refuseAge(gathered, provenAt);
  if (wrong !== undefined) return wrong;
  if (policies === undefined) return notAuthorized(action, 'the caller’s role is gone');
  const context = new FoldedContext(new Map([...sessionContext(facts, gathered), ...requestContext(call)]));
  const actions = neededActions(action, call);
  const resource = roleArn(arn);
  const own = judgeActions(actions, (one) => evaluateSession(policies, { action: one, resource, context }));
  if (own instanceof Refusal) return own;
  if (!role || !trust) return notAuthorized(action, `there is no role ${call.role}`);
  if (trust instanceof Refusal) return notAuthorized(action, `the trust policy cannot be read: ${trust.sentence}`);
  const trusted = judgeActions(actions, trusts(trust, { role, facts }, context));
  if (trusted instanceof Refusal) return trusted;
  if (call.durationSeconds > role.maxSessionSeconds) {
    return refuse('sts-duration-beyond-role', { longest: role.maxSessionSeconds });
  }
  const kept = inherited(facts);
  return {
    role,
    durationSeconds: call.durationSeconds,
    reason: `${own.reason}; ${trusted.reason}`,
    tags: { ...call.tags, ...kept },
    transitiveTagKeys: [...Object.keys(kept), ...call.transitiveTagKeys.filter((key) => Object.hasOwn(call.tags, key))],
    sourceIdentity: facts.sourceIdentity ?? call.sourceIdentity,
    ancestors: [...(facts.ancestors ?? []), caller.accessKeyId],
    provenAt,
    latestEnd: provenAt + longestChain,
  };
}

function requestContext({ sessionName, tags, transitiveTagKeys, sourceIdentity, externalId }: AssumeRoleCall) {
  const context = tagContext(tags, transitiveTagKeys).set('sts:RoleSessionName', [sessionName]);
  if (sourceIdentity !== undefined) context.set('sts:SourceIdentity', [sourceIdentity]);
  if (externalId !== undefined) context.set('sts:ExternalId', [externalId]);
  return context;
}
