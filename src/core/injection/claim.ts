// Who says which role a pod has: its service account's annotations, or the central mapping.
import { Refusal } from '../refusals/index.ts';
import type { InjectionConfig } from './config.ts';
import { givenText, type Texts } from './fields.ts';
import { findMappedRole, type MappedRole } from './mapping.ts';
import type { Pod } from './pod.ts';
import type { ProfileSettings } from './settings.ts';

export interface ClaimSource {
  /** For people. */
  readonly text: string;
  /** The mapping's entry, where it was one. */
  readonly mapped: MappedRole | undefined;
}

/** A role as it was written, not yet judged. */
export interface Claim {
  readonly settings: ProfileSettings;
  readonly role: string | undefined;
  /** By the container's name; only of containers that the pod has. */
  readonly containerRoles: ReadonlyMap<string, string>;
  readonly source: ClaimSource;
}

export interface FoundClaim {
  /** A refusal where it is there and cannot be read. */
  readonly claim: Claim | Refusal | undefined;
  readonly warnings: readonly string[];
}

/** The first of a profile's role annotations that is there. @param suffix such as `.CONTAINER` */
function roleText(annotations: Texts, { roleAnnotations }: ProfileSettings, suffix = ''): string | undefined {
  for (const key of roleAnnotations) {
    const text = givenText(annotations, key + suffix);
    if (text !== undefined) return text;
  }
  return undefined;
}

function* namesIn(pod: Pod): Generator<string> {
  for (const { name } of pod.containers) yield name;
  for (const { name } of pod.ephemeralContainers) yield name;
}

function annotationClaim(pod: Pod, annotations: Texts, settings: ProfileSettings): Claim | undefined {
  const role = roleText(annotations, settings);
  const containerRoles = new Map<string, string>();
  for (const name of namesIn(pod)) {
    const text = roleText(annotations, settings, `.${name}`);
    if (text !== undefined) containerRoles.set(name, text);
  }
  if (role === undefined && containerRoles.size === 0) return undefined;
  return { settings, role, containerRoles, source: { text: 'service account annotation', mapped: undefined } };
}

function mappedClaim(pod: Pod, mapped: MappedRole, settings: ProfileSettings): Claim | undefined {
  const containerRoles = new Map<string, string>();
  for (const name of namesIn(pod)) {
    const text = mapped.containerRoles.get(name);
    if (text !== undefined) containerRoles.set(name, text);
  }
  if (mapped.role === undefined && containerRoles.size === 0) return undefined;
  return { settings, role: mapped.role, containerRoles, source: { text: `mapping, ${mapped.key}`, mapped } };
}

/**
 * The claim that counts:
 *   1. the service account's annotation, of the first profile whose annotation is there; others that are there too
 *      get a warning,
 *   2. the mapping's entry, literal before pattern, under the first profile; one that cannot be read refuses the pod.
 */
export function findClaim(
  pod: Pod,
  evidence: { readonly namespace: string; readonly serviceAccount: { readonly annotations: Texts } | undefined },
  { profiles, mapping }: InjectionConfig,
): FoundClaim {
  const annotations = evidence.serviceAccount?.annotations;
  const claims: Claim[] = [];
  if (annotations !== undefined) {
    for (const settings of profiles) {
      const claim = annotationClaim(pod, annotations, settings);
      if (claim) claims.push(claim);
    }
  }
  const [claim, ...others] = claims;
  if (claim) {
    const warnings = others.map(
      ({ settings }) =>
        `${pod.serviceAccount} has a role of ${claim.settings.profile} and one of ${settings.profile}: ${claim.settings.profile} counts`,
    );
    return { claim, warnings };
  }
  const mapped = mapping && findMappedRole(mapping, evidence.namespace, pod.serviceAccount);
  if (mapped instanceof Refusal) return { claim: mapped, warnings: [] };
  // A key without its namespace may be meant for this account; who it is meant for is not for us to guess.
  const misnamed = mapped === undefined ? mapping?.misnamed.get(pod.serviceAccount) : undefined;
  return { claim: mapped && mappedClaim(pod, mapped, profiles[0]), warnings: misnamed ? [misnamed.sentence] : [] };
}
