// Profiles of a user's own: rows of the configuration file, under the names that the settings have, whole or refused.
import { Problem, readMembers, type Setting, text, texts, type ValuesOf } from '../settings/index.ts';
import { isObject, type JsonObject } from './fields.ts';
import { faultOfRow } from './own-profile-rules.ts';
import { builtInProfiles, type Profile } from './profile.ts';
import { injectionSettings } from './settings.ts';

export interface OwnProfile extends Profile {
  /** As the file has it, for an installation that carries it on. */
  readonly row: JsonObject;
}

function optionalText(placeholder: string, summary: string): Setting<string | undefined> {
  return text({ summary, placeholder, fallback: undefined });
}

/** A row's members. What a setting of injection has too means the same, and the setting wins over it. */
export const profileRowSettings = {
  name: optionalText('NAME', 'the profile’s name, for --profile, metrics and messages'),
  'annotation-prefix': injectionSettings['annotation-prefix'],
  'token-audience': injectionSettings['token-audience'],
  'role-annotation': texts({
    summary: 'the service account’s annotation that names its role, or several of which the first that is there counts',
    placeholder: 'KEY',
  }),
  'role-pattern': texts({
    summary: 'what else than an ARN a role may be, with * for any signs: arn:minio:iam:::role/*',
    placeholder: 'PATTERN',
  }),
  'opt-out-label': optionalText('KEY', 'a pod with this label, whatever its value, is left alone'),
  'sts-endpoint': injectionSettings['sts-endpoint'],
  region: injectionSettings.region,
  'sts-regional-endpoint': injectionSettings['sts-regional-endpoint'],
  'session-name-from-pod': injectionSettings['session-name-from-pod'],
  'token-expiration': injectionSettings['token-expiration'],
  'volume-name': injectionSettings['volume-name'],
  'token-mount-path': injectionSettings['token-mount-path'],
  'token-path': injectionSettings['token-path'],
};

type RowValues = ValuesOf<typeof profileRowSettings>;

const needed = ['name', 'annotation-prefix', 'token-audience'] as const;

const oneDay = 86_400;
/** SDKs fail without a region, and whoever has but one takes any. */
const anyRegion = 'us-east-1';

/** What a row leaves open follows from its name and its prefix. */
function toProfile(values: RowValues, row: JsonObject): OwnProfile {
  const { name = '', 'annotation-prefix': prefix = '', 'role-annotation': annotations } = values;
  return {
    row,
    name,
    annotationPrefix: prefix,
    roleAnnotations: annotations.length > 0 ? annotations : [`${prefix}/role-arn`],
    optOutLabel: values['opt-out-label'] ?? `${prefix}/skip-pod-identity-webhook`,
    takesRoleIds: false,
    rolePatterns: values['role-pattern'],
    audience: values['token-audience'] ?? '',
    tokenExpiration: values['token-expiration'] ?? oneDay,
    volumeName: values['volume-name'] ?? `${name}-token`,
    mountPath: values['token-mount-path'] ?? `/var/run/secrets/${prefix}/serviceaccount`,
    tokenPath: values['token-path'] ?? 'token',
    region: values.region ?? anyRegion,
    regionalSts: values['sts-regional-endpoint'] ?? false,
    stsEndpoint: values['sts-endpoint'],
    needsStsEndpoint: false,
    sessionNameFromPod: values['session-name-from-pod'] ?? false,
  };
}

const rowSummary = 'a profile of your own, as docs/profiles.md has it';

function readRow(raw: unknown, path: string, before: readonly Profile[]): OwnProfile | Problem {
  const values = readMembers(profileRowSettings, raw, path, rowSummary);
  if (values instanceof Problem) return values;
  const missing = needed.find((member) => values[member] === undefined);
  if (missing !== undefined) {
    const summary = `${missing} is ${profileRowSettings[missing].summary}`;
    return new Problem(`lacks ${missing}`, { path, raw, summary });
  }
  const profile = toProfile(values, isObject(raw) ? raw : {});
  const fault = faultOfRow(profile, before);
  if (fault === undefined) return profile;
  const { member, problem, value } = fault;
  const settings: Readonly<Record<string, Setting<unknown>>> = profileRowSettings;
  return new Problem(problem, {
    path: `${path}.${member}`,
    raw: value,
    summary: settings[member]?.summary ?? rowSummary,
  });
}

/** The rows of the configuration file, in its order, or the first fault with the member that has it. */
function readOwnProfiles(raw: unknown): readonly OwnProfile[] | Problem {
  if (!Array.isArray(raw)) return new Problem('is no list');
  const profiles: OwnProfile[] = [];
  for (const [index, row] of raw.entries()) {
    const profile = readRow(row, `[${index}]`, profiles);
    if (profile instanceof Problem) return profile;
    profiles.push(profile);
  }
  return profiles;
}

const builtInNames = builtInProfiles.map(({ name }) => name).join(', ');

/** Which profiles are on, for every command that injects. */
export const profileSettings = {
  profile: texts({
    summary: `profile that is on: ${builtInNames}, or one of the configuration file; may be repeated, the first whose annotation is there wins; all that have what they need, unless given`,
    placeholder: 'NAME',
  }),
  profiles: {
    summary: 'profiles of your own, as docs/profiles.md has them',
    placeholder: 'ROWS',
    fallback: [],
    isFileOnly: true,
    read: readOwnProfiles,
  } satisfies Setting<readonly OwnProfile[]>,
};
