// Profiles of a user's own, and built-in ones with other values: rows of the configuration file, under the names that
// the settings have, whole or refused.
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
  name: optionalText('NAME', 'the profile’s name, for --profile, metrics and messages; a built-in one’s changes that'),
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

/** What a row of a new name leaves open follows from its name and its prefix. */
function newProfile({ name = '', 'annotation-prefix': prefix = '' }: RowValues): Profile {
  return {
    name,
    annotationPrefix: prefix,
    roleAnnotations: [`${prefix}/role-arn`],
    optOutLabel: `${prefix}/skip-pod-identity-webhook`,
    takesRoleIds: false,
    rolePatterns: [],
    audience: '',
    tokenExpiration: oneDay,
    volumeName: `${name}-token`,
    mountPath: `/var/run/secrets/${prefix}/serviceaccount`,
    tokenPath: 'token',
    region: anyRegion,
    regionalSts: false,
    stsEndpoint: undefined,
    needsStsEndpoint: false,
    sessionNameFromPod: false,
  };
}

/** A list that a row has, else the one that holds without it. */
function listed(own: readonly string[], otherwise: readonly string[]): readonly string[] {
  return own.length > 0 ? own : otherwise;
}

/** The values of a row over those of a profile. As under a setting, another prefix brings the role's annotation with it. */
function withRow(profile: Profile, values: RowValues, row: JsonObject): OwnProfile {
  const prefix = values['annotation-prefix'];
  const annotations = prefix === undefined ? profile.roleAnnotations : [`${prefix}/role-arn`];
  return {
    ...profile,
    row,
    annotationPrefix: prefix ?? profile.annotationPrefix,
    roleAnnotations: listed(values['role-annotation'], annotations),
    optOutLabel: values['opt-out-label'] ?? profile.optOutLabel,
    rolePatterns: listed(values['role-pattern'], profile.rolePatterns),
    audience: values['token-audience'] ?? profile.audience,
    tokenExpiration: values['token-expiration'] ?? profile.tokenExpiration,
    volumeName: values['volume-name'] ?? profile.volumeName,
    mountPath: values['token-mount-path'] ?? profile.mountPath,
    tokenPath: values['token-path'] ?? profile.tokenPath,
    region: values.region ?? profile.region,
    regionalSts: values['sts-regional-endpoint'] ?? profile.regionalSts,
    stsEndpoint: values['sts-endpoint'] ?? profile.stsEndpoint,
    sessionNameFromPod: values['session-name-from-pod'] ?? profile.sessionNameFromPod,
  };
}

const rowSummary = 'a profile of your own, or another value of a built-in one’s, as docs/profiles.md has it';

function readRow(raw: unknown, path: string, before: readonly Profile[]): OwnProfile | Problem {
  const values = readMembers(profileRowSettings, raw, path, rowSummary);
  if (values instanceof Problem) return values;
  const builtIn = builtInProfiles.find(({ name }) => name === values.name);
  const missing = builtIn ? undefined : needed.find((member) => values[member] === undefined);
  if (missing !== undefined) {
    const summary = `${missing} is ${profileRowSettings[missing].summary}`;
    return new Problem(`lacks ${missing}`, { path, raw, summary });
  }
  const profile = withRow(builtIn ?? newProfile(values), values, isObject(raw) ? raw : {});
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
    summary: 'profiles of your own, and other values of built-in ones, as docs/profiles.md has them',
    placeholder: 'ROWS',
    fallback: [],
    isFileOnly: true,
    read: readOwnProfiles,
  } satisfies Setting<readonly OwnProfile[]>,
};
