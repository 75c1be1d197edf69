// The settings as the container's arguments and environment. Kubernetes expands $(NAME) in both, wherever it comes from,
// so that a dollar sign is doubled.
import { injectionSettings } from '../../core/injection/index.ts';
import { environmentName, type Setting } from '../../core/settings/index.ts';
import type { Installation } from './object.ts';

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

/** The settings of injection that were set, by name, so that the order does not depend on who wrote them in which. */
function givenForInjection({ values }: Installation): readonly Given[] {
  const byName: Readonly<Record<string, unknown>> = { ...values };
  return Object.entries<Setting<unknown>>(injectionSettings)
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
  if (values.tls === 'self') return flags('tls', 'self');
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
  'log-level',
  'profile',
  'watch-config-map',
  'watch-namespaces',
] as const;

export function commandLine(installation: Installation): readonly string[] {
  return [
    'webhook',
    ...certificateFlags(installation),
    ...passedOn.flatMap((name) => flags(name, installation.values[name])),
    ...givenForInjection(installation).flatMap(({ name, value }) => flags(name, value)),
  ];
}

/** A flag cannot say no, where a profile's default may be yes: a variable can. */
function refusedSwitches(installation: Installation): readonly EnvironmentVariable[] {
  return givenForInjection(installation)
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
