// The page docs/settings.md, written from the commands' own definitions: `npm run docs` writes it, and a test compares.
import type { RunnableCommand } from '../../src/cli/command.ts';
import { explain } from '../../src/cli/explain.ts';
import { inject } from '../../src/cli/inject.ts';
import { install } from '../../src/cli/install.ts';
import { platform } from '../../src/cli/platform.ts';
import { policy } from '../../src/cli/policy.ts';
import { up } from '../../src/cli/up.ts';
import { webhook } from '../../src/cli/webhook.ts';
import { builtInProfiles, injectionSettings, type Profile } from '../../src/core/injection/index.ts';
import { environmentName, type Setting, type Settings } from '../../src/core/settings/index.ts';

export const commands: readonly RunnableCommand[] = [up, inject, webhook, platform, policy, explain, install];

const opening = `# Settings

Each setting of a command is a flag, an environment variable and a member of the configuration file (\`--config
podiam.yaml\`, a YAML mapping of the names below). The first of these that is given counts:

1. the flag,
2. the environment variable; an empty one counts as not given,
3. the configuration file,
4. what the profile, or the program that is stood in for, says,
5. the default.

\`--print-config\` shows each value and where it came from. A switch is turned on by \`--NAME\` and off by \`--NAME=false\`; in a
variable or the file it is \`true\` or \`false\`. A setting that may be repeated is a list in the file; a variable holds one
value of it. Names that another webhook gives its flags and variables are on the pages for those who come
[from Amazon's](coming-from-amazon.md) and [from Vultr's](coming-from-vultr.md).

This page is written from the settings' definitions by \`npm run docs\`.
`;

interface ProfileRow {
  readonly title: string;
  /** Which setting overrides it. */
  readonly setting?: keyof typeof injectionSettings | 'profile';
  readonly valuesOf: (profile: Profile) => readonly (string | number | boolean | undefined)[];
}

const profileRows: readonly ProfileRow[] = [
  { title: 'annotation that names the role', valuesOf: ({ roleAnnotations }) => roleAnnotations },
  {
    title: 'prefix of all annotations',
    setting: 'annotation-prefix',
    valuesOf: ({ annotationPrefix }) => [annotationPrefix],
  },
  { title: 'label that opts a pod out', valuesOf: ({ optOutLabel }) => [optOutLabel] },
  { title: 'a role may be a UUID', valuesOf: ({ takesRoleIds }) => [takesRoleIds] },
  { title: 'audience', setting: 'token-audience', valuesOf: ({ audience }) => [audience] },
  { title: 'expiration in seconds', setting: 'token-expiration', valuesOf: ({ tokenExpiration }) => [tokenExpiration] },
  { title: 'volume', setting: 'volume-name', valuesOf: ({ volumeName }) => [volumeName] },
  { title: 'mount', setting: 'token-mount-path', valuesOf: ({ mountPath }) => [mountPath] },
  { title: 'file', setting: 'token-path', valuesOf: ({ tokenPath }) => [tokenPath] },
  { title: 'region', setting: 'region', valuesOf: ({ region }) => [region] },
  { title: 'regional STS', setting: 'sts-regional-endpoint', valuesOf: ({ regionalSts }) => [regionalSts] },
  {
    title: 'STS endpoint',
    setting: 'sts-endpoint',
    valuesOf: ({ needsStsEndpoint, stsEndpoint }) => [needsStsEndpoint ? 'must be set' : stsEndpoint],
  },
  {
    title: 'session named after the pod',
    setting: 'session-name-from-pod',
    valuesOf: ({ sessionNameFromPod }) => [sessionNameFromPod],
  },
];

const setByProfile: ReadonlySet<string> = new Set(profileRows.flatMap(({ setting }) => setting ?? []));

const code = (value: unknown) => `\`${String(value)}\``;
const cell = (text: string) => text.replaceAll('|', '\\|');

function profileCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === 'must be set' ? value : code(value);
}

function profileLine({ title, setting, valuesOf }: ProfileRow): string {
  const cells = builtInProfiles.map((profile) => valuesOf(profile).map(profileCell).join(', '));
  return `| ${title} | ${[...cells, setting === undefined ? '' : code(setting)].join(' | ')} |\n`;
}

function profilesTable(): string {
  const names = builtInProfiles.map(({ name }) => code(name)).join(' | ');
  return `## Profiles

How a platform wants its pods. Without \`--profile\` all that have what they need are on; of several, the first whose
annotation is on the service account counts.

| | ${names} | setting |
|---|${'---|'.repeat(builtInProfiles.length)}---|
${profileRows.map(profileLine).join('')}`;
}

function defaultCell(name: string, { fallback }: Setting<unknown>): string {
  if (fallback === undefined) return setByProfile.has(name) ? 'the [profile](#profiles)’s' : 'none';
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  if (Array.isArray(fallback)) return fallback.length === 0 ? 'none' : fallback.map(code).join(', ');
  return code(fallback);
}

function settingLine([name, setting]: readonly [string, Setting<unknown>]): string {
  const { isFileOnly, placeholder, summary } = setting;
  const flag = isFileOnly ? 'in the file alone' : code(placeholder === '' ? `--${name}` : `--${name} ${placeholder}`);
  const variable = isFileOnly ? '' : code(environmentName(name));
  return `| ${code(name)} | ${flag} | ${variable} | ${cell(defaultCell(name, setting))} | ${cell(summary)} |\n`;
}

function settingsTable(settings: Settings): string {
  return `| name in the file | flag | environment variable | default | meaning |
|---|---|---|---|---|
${Object.entries(settings).map(settingLine).join('')}`;
}

function settingsOf({ settings }: RunnableCommand, isIncluded: (setting: Setting<unknown>) => boolean): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => isIncluded(setting)));
}

const ofInjection: ReadonlySet<Setting<unknown>> = new Set(Object.values<Setting<unknown>>(injectionSettings));

function isOfAll(setting: Setting<unknown>): boolean {
  return commands.every(({ settings }) => Object.values(settings).includes(setting));
}

function sharedSections(): string {
  const [first] = commands;
  const takers = commands.filter(({ settings }) => Object.values(settings).some((setting) => ofInjection.has(setting)));
  return `## Every command

${settingsTable(first ? settingsOf(first, isOfAll) : {})}
## Injection

Settings of ${takers.map(({ name }) => code(`podiam ${name}`)).join(', ')}; the installation passes them on to its webhook.

${settingsTable(injectionSettings)}`;
}

function commandSection(command: RunnableCommand): string {
  const takesInjection = Object.values(command.settings).some((setting) => ofInjection.has(setting));
  const more = takesInjection ? ' Beside these it has the settings of [injection](#injection).' : '';
  return `## podiam ${command.name}

${command.summary.replace(/[^.]$/, '$&.')}${more}

${settingsTable(settingsOf(command, (setting) => !isOfAll(setting) && !ofInjection.has(setting)))}`;
}

export function renderSettings(): string {
  return [opening, profilesTable(), sharedSections(), ...commands.map(commandSection)].join('\n');
}
