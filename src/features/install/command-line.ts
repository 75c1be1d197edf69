// The settings as the container's arguments and environment. Kubernetes expands $(NAME) in both, wherever it comes from,
// so that a dollar sign is doubled.
import { injectionSettings, lookupSettings, settingsOfContainerCredentials } from '../../core/injection/index.ts';
import { environmentName, type Setting } from '../../core/settings/index.ts';
import { fileFlags } from './configuration.ts';
import { type Installation, onFailureOf } from './object.ts';

export const certificateFolder = '/etc/podiam/tls';

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

interface Given {
  readonly name: string;
  readonly value: unknown;
}

/** The settings that were set, by name, so that the order does not depend on who wrote them in which. */
function given({ values }: Installation, settings: Readonly<Record<string, Setting<unknown>>>): readonly Given[] {
  const byName: Readonly<Record<string, unknown>> = { ...values };
  return Object.entries(settings)
    .map(([name, { fallback }]) => ({ name, fallback, value: byName[name] }))
    .filter(({ fallback, value }) => value !== undefined && JSON.stringify(value) !== JSON.stringify(fallback))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `--name=value`, in one piece: a value may begin with a dash. */
function flags(name: string, value: unknown): readonly string[] {
  if (value === true) return [`--${name}`];
  if (value === false) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((item) => literal(`--${name}=${String(item)}`));
}

function certificateFlags({ values }: Installation): readonly string[] {
  const { tls, 'tls-secret': secret } = values;
  if (tls === 'self' || tls === 'secret') {
    return [...flags('tls', tls), ...(secret === undefined ? [] : flags('tls-secret', secret))];
  }
  return [
    ...flags('tls', 'files'),
    ...flags('tls-cert', `${certificateFolder}/tls.crt`),
    ...flags('tls-key', `${certificateFolder}/tls.key`),
  ];
}

const passedOn = [
  'namespace',
  'service-name',
  'port',
  'metrics-port',
  'drain-seconds',
  'on-refusal',
  'on-failure',
  'log-level',
  'profile',
  'watch-config-map',
  'watch-namespaces',
] as const;

export function commandLine(installation: Installation): readonly string[] {
  const values = { ...installation.values, 'on-failure': onFailureOf(installation) };
  return [
    'webhook',
    ...fileFlags(installation).flatMap(([name, path]) => flags(name, path)),
    ...certificateFlags(installation),
    ...passedOn.flatMap((name) => flags(name, values[name])),
    ...given(installation, lookupSettings).flatMap(({ name, value }) => flags(name, value)),
    ...given(installation, settingsOfContainerCredentials).flatMap(({ name, value }) => flags(name, value)),
    ...given(installation, injectionSettings).flatMap(({ name, value }) => flags(name, value)),
  ];
}

/** A flag cannot say no, where a profile's default may be yes: a variable can. */
function refusedSwitches(installation: Installation): readonly EnvironmentVariable[] {
  return given(installation, injectionSettings)
    .filter(({ value }) => value === false)
    .map(({ name }) => ({ name: environmentName(name), value: 'false' }));
}

function further({ values }: Installation): readonly EnvironmentVariable[] {
  const named = new Map(
    values.env.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const),
  );
  return [...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value: literal(value) }));
}

export function environment(installation: Installation): readonly EnvironmentVariable[] {
  return [...refusedSwitches(installation), ...further(installation)];
}
