// Runs one case file: what an admission of its pod comes to.
import {
  admitPod,
  applyPatch,
  builtInProfiles,
  containerCredentialsDefaults,
  type InjectionConfig,
  type InjectionSettingValues,
  type JsonObject,
  type ProfileSettings,
  parseIdentities,
  parseRoleMapping,
  readPod,
  readPodToAdmit,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';

export interface InjectionCase {
  readonly title: string;
  readonly namespace: string;
  readonly profiles: readonly string[];
  /** Of the first profile. */
  readonly settings?: InjectionSettingValues;
  /** null where there is none. */
  readonly serviceAccount: { readonly annotations: JsonObject } | null;
  readonly namespaceAnnotations?: JsonObject;
  readonly mapping?: unknown;
  readonly identities?: unknown;
  readonly allowedRoles?: InjectionConfig['allowedRoles'];
  /** The pod before an update of its ephemeral containers. */
  readonly before?: unknown;
  readonly pod: unknown;
  readonly expected?: unknown;
}

export function taken<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw new RefusedError(value);
  return value;
}

function settled(name: string, values: InjectionSettingValues): ProfileSettings {
  const profile = builtInProfiles.find((candidate) => candidate.name === name);
  if (profile === undefined) throw new Error(`no profile ${name}`);
  return taken(settleProfile(profile, values));
}

function configOf({ profiles, settings = {}, mapping, identities, allowedRoles }: InjectionCase): InjectionConfig {
  const [first = 'aws', ...others] = profiles;
  return {
    profiles: [settled(first, settings), ...others.map((name) => settled(name, {}))],
    mapping: mapping === undefined ? undefined : taken(parseRoleMapping(JSON.stringify(mapping))),
    containerCredentials:
      identities === undefined
        ? undefined
        : {
            settings: containerCredentialsDefaults,
            identities: taken(parseIdentities(JSON.stringify({ identities }))),
          },
    allowedRoles,
  };
}

function admit(given: InjectionCase, podValue: unknown) {
  const pod = readPodToAdmit(podValue);
  if ('kind' in pod) return pod;
  const evidence = {
    namespace: given.namespace,
    name: pod.name,
    serviceAccount: given.serviceAccount ?? undefined,
    namespaceAnnotations: given.namespaceAnnotations,
    before: given.before === undefined ? undefined : taken(readPod(given.before)),
  };
  return admitPod(pod, evidence, configOf(given));
}

/** What a case file says under `expected`. */
export function outcome(given: InjectionCase): Readonly<Record<string, unknown>> {
  const admission = admit(given, given.pod);
  const { reason } = admission;
  const warnings = admission.warnings.length === 0 ? {} : { warnings: admission.warnings };
  if (admission.kind === 'leave') return { left: admission.code, reason, ...warnings };
  if (admission.kind === 'refuse') return { refused: admission.refusal.code, reason, ...warnings };
  return { reason, ...warnings, pod: applyPatch(given.pod, admission.operations) };
}

/** What becomes of the pod when it is admitted once more. */
export function secondOutcome(given: InjectionCase): Readonly<Record<string, unknown>> {
  const admission = admit(given, given.pod);
  return admission.kind === 'inject'
    ? outcome({ ...given, pod: applyPatch(given.pod, admission.operations) })
    : outcome(given);
}
