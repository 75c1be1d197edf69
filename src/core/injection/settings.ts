// The settings of injection: their one definition, for flags, environment, files and the reference page, and how a
// profile's defaults and what was set become the settled values that decisions read.
import { isAccountId } from '../identity/index.ts';
import { type Refusal, refuse } from '../refusals/index.ts';
import { type Setting, text, texts, toggle, type ValuesOf, wholeNumber } from '../settings/index.ts';
import { longestExpiration, shortestExpiration } from './annotations.ts';
import type { Profile } from './profile.ts';

/** A switch whose default is the profile's. */
function profileToggle(summary: string): Setting<boolean | undefined> {
  return { ...toggle({ summary }), fallback: undefined };
}

function profileText(placeholder: string, summary: string): Setting<string | undefined> {
  return text({ summary, placeholder, fallback: undefined });
}

/** By flag. Undefined, or an empty list, leaves the profile's default. */
export const injectionSettings = {
  'annotation-prefix': profileText('PREFIX', 'what stands before the slash in the annotations that are read'),
  'token-audience': profileText('AUDIENCE', 'the audience of the projected token'),
  'token-expiration': wholeNumber({
    summary: 'seconds for which the projected token is valid; below 600 counts as 600',
    placeholder: 'SECONDS',
    least: 0,
    most: longestExpiration,
    fallback: undefined,
  }),
  'token-mount-path': profileText('PATH', 'the folder in the container where the token is mounted'),
  'token-path': profileText('FILE', 'the name of the token’s file in that folder'),
  'volume-name': profileText('NAME', 'the name of the projected volume'),
  region: profileText('REGION', 'injected as AWS_REGION and AWS_DEFAULT_REGION'),
  'sts-regional-endpoint': profileToggle('whether AWS_STS_REGIONAL_ENDPOINTS=regional is injected'),
  'sts-endpoint': profileText('URL', 'the STS, injected as AWS_ENDPOINT_URL_STS'),
  'session-name-from-pod': profileToggle('whether AWS_ROLE_SESSION_NAME is injected as the pod’s name'),
  'disable-instance-metadata': toggle({
    summary: 'whether AWS_EC2_METADATA_DISABLED=true is injected, so that nothing falls back to the node’s role',
  }),
  'role-account': profileText('ACCOUNT', 'the account of roles that are named without one'),
  'role-partition': profileText('PARTITION', 'the only partition whose roles are taken, and that of composed ARNs'),
  'allowed-account': texts({
    summary:
      'an account whose roles are taken; all others are refused, and roles that tell none unless allowed-roles names them',
    placeholder: 'ACCOUNT',
  }),
};

/**
 * What tells one platform from another: whom the token is for, where it lies, and who is asked with it. Where several
 * profiles are on, each row says its own; said of all at once, one platform's token would go to another's STS.
 */
export const settingsOfOneProfile = [
  'sts-endpoint',
  'annotation-prefix',
  'token-audience',
  'token-mount-path',
  'token-path',
  'volume-name',
  'session-name-from-pod',
] as const satisfies readonly (keyof typeof injectionSettings)[];

export type InjectionSettingValues = Partial<ValuesOf<typeof injectionSettings>>;

/** A profile with every value settled. */
export interface ProfileSettings extends Omit<Profile, 'name' | 'needsStsEndpoint'> {
  readonly profile: string;
  readonly disableInstanceMetadata: boolean;
  readonly roleAccount: string | undefined;
  readonly rolePartition: string | undefined;
  readonly allowedAccounts: readonly string[];
}

interface Rule {
  readonly setting: keyof typeof injectionSettings;
  readonly valueOf: (settled: ProfileSettings) => string | undefined;
  readonly holds: (value: string) => boolean;
  readonly expected: string;
}

const isUrl = (value: string) => URL.canParse(value) && /^https?:\/\/[^\s@?#]+$/.test(value);
const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,57}[a-z0-9])?$/;
const dnsName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** What the API server would not take, or no SDK understand: said at start rather than by every pod. */
const rules: readonly Rule[] = [
  {
    setting: 'annotation-prefix',
    valueOf: (settled) => settled.annotationPrefix,
    holds: (value) => dnsName.test(value),
    expected: 'a DNS name in lower case',
  },
  {
    setting: 'token-mount-path',
    valueOf: (settled) => settled.mountPath,
    holds: (value) => /^\/[^:\0]+$/.test(value) && !value.split('/').includes('..'),
    expected: 'an absolute path without .. and without a colon',
  },
  {
    setting: 'token-path',
    valueOf: (settled) => settled.tokenPath,
    holds: (value) => /^[^/:\0][^:\0]*$/.test(value) && !value.split('/').includes('..') && !value.startsWith('..'),
    expected: 'a relative path that has no .. in it',
  },
  {
    setting: 'volume-name',
    valueOf: (settled) => settled.volumeName,
    holds: (value) => dnsLabel.test(value),
    expected: 'a DNS label of at most 59 characters',
  },
  {
    setting: 'region',
    valueOf: (settled) => settled.region,
    holds: (value) => /^[A-Za-z0-9-]{1,64}$/.test(value),
    expected: 'the name of a region, such as eu-central-1',
  },
  {
    setting: 'sts-endpoint',
    valueOf: (settled) => settled.stsEndpoint,
    holds: isUrl,
    expected: 'an http or https URL',
  },
  {
    setting: 'role-account',
    valueOf: (settled) => settled.roleAccount,
    holds: isAccountId,
    expected: 'an account of 12 digits',
  },
  {
    setting: 'role-partition',
    valueOf: (settled) => settled.rolePartition,
    holds: (value) => /^aws[a-z0-9-]*$/.test(value),
    expected: 'a partition, such as aws or aws-cn',
  },
  {
    setting: 'allowed-account',
    valueOf: (settled) => settled.allowedAccounts.find((account) => !isAccountId(account)),
    holds: isAccountId,
    expected: 'an account of 12 digits',
  },
];

function settleToken(profile: Profile, values: InjectionSettingValues) {
  const expiration = values['token-expiration'] ?? profile.tokenExpiration;
  return {
    audience: values['token-audience'] ?? profile.audience,
    tokenExpiration: Math.max(expiration, shortestExpiration),
    mountPath: (values['token-mount-path'] ?? profile.mountPath).replace(/(?<=[^/])\/$/, ''),
    tokenPath: values['token-path'] ?? profile.tokenPath,
    volumeName: values['volume-name'] ?? profile.volumeName,
  };
}

function settle(profile: Profile, values: InjectionSettingValues): ProfileSettings {
  const prefix = values['annotation-prefix'];
  return {
    ...settleToken(profile, values),
    profile: profile.name,
    annotationPrefix: prefix ?? profile.annotationPrefix,
    roleAnnotations: prefix === undefined ? profile.roleAnnotations : [`${prefix}/role-arn`],
    optOutLabel: profile.optOutLabel,
    takesRoleIds: profile.takesRoleIds,
    rolePatterns: profile.rolePatterns,
    region: values.region ?? profile.region,
    regionalSts: values['sts-regional-endpoint'] ?? profile.regionalSts,
    stsEndpoint: values['sts-endpoint'] ?? profile.stsEndpoint,
    sessionNameFromPod: values['session-name-from-pod'] ?? profile.sessionNameFromPod,
    disableInstanceMetadata: values['disable-instance-metadata'] ?? false,
    roleAccount: values['role-account'],
    rolePartition: values['role-partition'],
    allowedAccounts: values['allowed-account'] ?? [],
  };
}

export interface SettingFault {
  readonly setting: keyof typeof injectionSettings;
  readonly value: string;
  readonly expected: string;
}

function faultOf(settled: ProfileSettings): SettingFault | undefined {
  for (const { setting, valueOf, holds, expected } of rules) {
    const value = valueOf(settled);
    if (value !== undefined && !holds(value)) return { setting, value, expected };
  }
  return undefined;
}

/** What of a profile's own values cannot work, whatever is set. */
export function faultOfProfile(profile: Profile): SettingFault | undefined {
  return faultOf(settle(profile, {}));
}

/**
 * A profile's settings: for each, what was set, else the profile's own.
 * @returns `injection-setting-invalid` for the first value that cannot work, `injection-setting-missing` where the
 *   profile needs one that nobody set
 */
export function settleProfile(profile: Profile, values: InjectionSettingValues = {}): ProfileSettings | Refusal {
  const settled = settle(profile, values);
  if (profile.needsStsEndpoint && settled.stsEndpoint === undefined) {
    const { summary } = injectionSettings['sts-endpoint'];
    return refuse('injection-setting-missing', { profile: profile.name, setting: 'sts-endpoint', summary });
  }
  const fault = faultOf(settled);
  return fault ? refuse('injection-setting-invalid', { profile: profile.name, ...fault }) : settled;
}
