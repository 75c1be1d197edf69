// Reads the case files, and runs one: what an admission of its pod comes to.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import {
  admitPod,
  allProfiles,
  applyPatch,
  containerCredentialsDefaults,
  type InjectionConfig,
  type InjectionSettingValues,
  isObject,
  type JsonObject,
  type Profile,
  type ProfileSettings,
  parseIdentities,
  parseRoleMapping,
  profileSettings,
  readPod,
  readPodToAdmit,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { Problem } from '../../../src/core/settings/index.ts';

export interface InjectionCase {
  readonly title: string;
  readonly namespace: string;
  readonly profiles: readonly string[];
  /** Rows of a configuration file. */
  readonly ownProfiles?: unknown;
  /** Of the first profile. */
  readonly settings?: InjectionSettingValues;
  /** null where there is none. */
  readonly serviceAccount: { readonly annotations: JsonObject } | null;
  readonly namespaceAnnotations?: JsonObject;
  readonly mapping?: unknown;
  readonly identities?: unknown;
  readonly allowedRoles?: InjectionConfig['allowedRoles'];
  /** What randomness yields, over and over; without it nothing is random. */
  readonly randomByte?: number | undefined;
  /** The pod before an update of its ephemeral containers. */
  readonly before?: unknown;
  readonly pod: unknown;
  readonly expected?: unknown;
}

export function taken<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw new RefusedError(value);
  return value;
}

function ownProfiles(rows: unknown): readonly Profile[] {
  const own = profileSettings.profiles.read(rows ?? []);
  if (own instanceof Problem) throw new Error(`${own.place?.path ?? 'ownProfiles'} ${own.text}`);
  return own;
}

function settled(name: string, own: readonly Profile[], values: InjectionSettingValues): ProfileSettings {
  const profile = allProfiles(own).find((candidate) => candidate.name === name);
  if (profile === undefined) throw new Error(`no profile ${name}`);
  return taken(settleProfile(profile, values));
}

export function configOf(given: InjectionCase): InjectionConfig {
  const { profiles, settings = {}, mapping, identities, allowedRoles } = given;
  const [first = 'aws', ...others] = profiles;
  const own = ownProfiles(given.ownProfiles);
  return {
    profiles: [settled(first, own, settings), ...others.map((name) => settled(name, own, {}))],
    mapping: mapping === undefined ? undefined : taken(parseRoleMapping(JSON.stringify(mapping))),
    containerCredentials:
      identities === undefined
        ? undefined
        : {
            settings: containerCredentialsDefaults,
            identities: taken(parseIdentities(JSON.stringify({ identities }))).identities,
          },
    allowedRoles,
  };
}

function randomBytes(byte: number | undefined) {
  return byte === undefined ? undefined : (length: number) => new Uint8Array(length).fill(byte);
}

function admit(given: InjectionCase, podValue: unknown) {
  const pod = readPodToAdmit(podValue);
  if ('kind' in pod) return pod;
  const evidence = {
    namespace: given.namespace,
    name: pod.name,
    serviceAccount: given.serviceAccount ?? undefined,
    namespaceAnnotations: given.namespaceAnnotations,
    randomBytes: randomBytes(given.randomByte),
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

const folder = join(import.meta.dirname, 'cases');

function isCase(value: unknown): value is InjectionCase {
  return isObject(value) && typeof value['title'] === 'string' && Array.isArray(value['profiles']);
}

/** All case files, by name. */
export function readCases(): readonly {
  readonly file: string;
  readonly title: string;
  readonly given: InjectionCase;
}[] {
  return readdirSync(folder).map((file) => {
    const given: unknown = parse(readFileSync(join(folder, file), 'utf8'));
    if (!isCase(given)) throw new Error(`${file} is no case`);
    return { file, title: given.title, given };
  });
}
