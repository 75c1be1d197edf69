// Whether a pod gets an identity, which one, and why: from the pod, its service account and the configuration alone.
import { Refusal } from '../refusals/index.ts';
import { containerChoice, isChosen } from './annotations.ts';
import { type Claim, findClaim } from './claim.ts';
import type { InjectionConfig } from './config.ts';
import { containerCredentialsPlan, type DraftPlan, webIdentityPlan } from './draft-plan.ts';
import type { Evidence } from './evidence.ts';
import { statedText } from './fields.ts';
import { ownCredentials } from './own-credentials.ts';
import { type Plan, roleFor, type WebIdentity } from './plan.ts';
import { type Container, mirrorAnnotation, type Pod } from './pod.ts';
import { allowedRolesAnnotation, resolveRole } from './role.ts';
import type { ProfileSettings } from './settings.ts';
import { tokenVolume } from './token-volume.ts';

export type LeaveCode =
  | 'mirror-pod'
  | 'opted-out'
  | 'no-role'
  | 'no-service-account'
  | 'no-container'
  | 'no-volume'
  | 'complete';

export interface Leave {
  readonly kind: 'leave';
  readonly code: LeaveCode;
  readonly reason: string;
  readonly warnings: readonly string[];
}

export interface Inject {
  readonly kind: 'inject';
  readonly plan: Plan;
  readonly reason: string;
  readonly warnings: readonly string[];
}

export interface Refuse {
  readonly kind: 'refuse';
  readonly refusal: Refusal;
  readonly reason: string;
  readonly warnings: readonly string[];
}

export type Decision = Inject | Leave | Refuse;

export function leave(code: LeaveCode, why: string, warnings: readonly string[] = []): Leave {
  return { kind: 'leave', code, reason: `left alone: ${why}`, warnings };
}

/**
 * Why a pod is left alone before its service account is looked at:
 *   1. it mirrors a static pod, which may have no token,
 *   2. it has the opt-out label of a profile that is on.
 */
export function leftUnasked(pod: Pod, config: InjectionConfig): Leave | undefined {
  if (Object.hasOwn(pod.annotations, mirrorAnnotation)) return leave('mirror-pod', 'a mirror of a static pod');
  const label = config.profiles.find(({ optOutLabel }) => Object.hasOwn(pod.labels, optOutLabel))?.optOutLabel;
  return label === undefined ? undefined : leave('opted-out', `opted out by the label ${label}`);
}

/** An update of ephemeral containers concerns those that were not there before. */
function candidates(pod: Pod, before: Pod | undefined): readonly Container[] {
  if (before === undefined) return pod.containers;
  const known = new Set(before.ephemeralContainers.map(({ name }) => name));
  return pod.ephemeralContainers.filter(({ name }) => !known.has(name));
}

type Roles = Pick<WebIdentity, 'role' | 'containerRoles'>;

function resolveRoles(
  { role, containerRoles, settings, source }: Claim,
  evidence: Evidence,
  config: InjectionConfig,
): Roles | Refusal {
  const { namespace } = evidence;
  const namespaceAllows =
    evidence.namespaceAnnotations && statedText(evidence.namespaceAnnotations, allowedRolesAnnotation);
  const resolve = (value: string, source: string) =>
    resolveRole({ value, source, namespace, settings, allowedRoles: config.allowedRoles, namespaceAllows });
  const everywhere = role === undefined ? undefined : resolve(role, source.text);
  if (everywhere instanceof Refusal) return everywhere;
  const single = new Map<string, string>();
  for (const [container, value] of containerRoles) {
    const resolved = resolve(value, `${source.text}, container ${container}`);
    if (resolved instanceof Refusal) return resolved;
    single.set(container, resolved);
  }
  return { role: everywhere, containerRoles: single };
}

function refused(refusal: Refusal, warnings: readonly string[]): Refuse {
  return { kind: 'refuse', refusal, reason: `refused: ${refusal.sentence}`, warnings };
}

/** A static key comes first in every SDK's chain of credentials. */
function shadowWarnings(chosen: readonly Container[]): readonly string[] {
  return chosen
    .filter(({ env }) => env.some((variable) => variable['name'] === 'AWS_ACCESS_KEY_ID'))
    .map(({ name }) => `container ${name} sets AWS_ACCESS_KEY_ID itself, which shadows the role`);
}

/** For people: as whom, of the containers that do not keep their own. */
function describeIdentity(identity: Plan['identity'], given: readonly Container[]): string {
  if (given.length === 0) return 'without an identity, since its containers set keys of their own';
  if (identity.method === 'container_credentials') return 'with container credentials';
  const common = new Set<string>();
  const single: string[] = [];
  for (const { name, target } of given) {
    const role = roleFor(identity, name, target);
    if (role === identity.role) common.add(`as ${role}`);
    else single.push(`container ${name} as ${role}`);
  }
  return [...common, ...single].join(', ');
}

interface Prepared {
  readonly plan: DraftPlan;
  /** For people: who said so. */
  readonly source: string;
  readonly warnings: readonly string[];
}

/** Whom of the pod's containers a prepared plan reaches; with none, the pod is left alone. */
function finish(pod: Pod, evidence: Evidence, settings: ProfileSettings, prepared: Prepared): Decision {
  const { plan } = prepared;
  const choice = containerChoice(pod.annotations, settings.annotationPrefix);
  const chosen = candidates(pod, evidence.before).filter(
    ({ name, target }) =>
      isChosen(name, choice) &&
      (plan.identity.method === 'container_credentials' || roleFor(plan.identity, name, target) !== undefined),
  );
  const warnings = [...prepared.warnings, ...choice.warnings];
  if (chosen.length === 0) return leave('no-container', `no container of ${evidence.name} is to be injected`, warnings);
  if (plan.ephemeral && !tokenVolume(pod, plan.token).exists) {
    return leave('no-volume', `${evidence.name} has no token volume that ephemeral containers could mount`, warnings);
  }
  const given: Container[] = [];
  const kept: string[] = [];
  for (const container of chosen) {
    const warning = ownCredentials(container, plan.identity);
    if (warning === undefined) given.push(container);
    else kept.push(warning);
  }
  return {
    kind: 'inject',
    plan: { ...plan, containers: new Set(chosen.map(({ name }) => name)) },
    reason: `injected ${evidence.name} ${describeIdentity(plan.identity, given)} (${prepared.source})`,
    warnings: [...warnings, ...shadowWarnings(chosen), ...kept],
  };
}

/**
 * What becomes of a pod, first of these that applies:
 *   1. a mirror pod, or one that opted out, is left alone;
 *   2. its service account is served by container credentials: that mode;
 *   3. its service account claims a role by annotation: of several profiles, the first that is on;
 *   4. the mapping names its namespace and service account literally;
 *   5. the mapping names them by a pattern, the longest first;
 *   6. it is left alone.
 * A role that is found but may not be used refuses the pod; a later source is not asked.
 */
export function decide(pod: Pod, evidence: Evidence, config: InjectionConfig): Decision {
  const { namespace, serviceAccount } = evidence;
  const unasked = leftUnasked(pod, config);
  if (unasked) return unasked;
  const credentials = config.containerCredentials;
  if (credentials?.identities.get(namespace)?.has(pod.serviceAccount)) {
    const [settings] = config.profiles;
    const plan = containerCredentialsPlan(pod, evidence, settings, credentials.settings);
    return finish(pod, evidence, settings, { plan, source: 'list of identities', warnings: [] });
  }
  const { claim, warnings } = findClaim(pod, evidence, config);
  if (claim === undefined) {
    const account = `${namespace}/${pod.serviceAccount}`;
    return serviceAccount === undefined
      ? leave('no-service-account', `the service account ${account} was not found`, warnings)
      : leave('no-role', `no role for ${account}`, warnings);
  }
  if (claim instanceof Refusal) return refused(claim, warnings);
  const roles = resolveRoles(claim, evidence, config);
  if (roles instanceof Refusal) return refused(roles, warnings);
  const plan = webIdentityPlan(pod, evidence, claim, roles);
  return finish(pod, evidence, claim.settings, { plan, source: claim.source.text, warnings });
}
