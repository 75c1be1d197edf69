// What the webhook is given as files: its configuration, where flags could not carry it, and ConfigMaps that others fill.
import { createHash } from 'node:crypto';
import { type Installation, inNamespace, type KubernetesObject, nameOf } from './object.ts';

/** Not the webhook's own name: that of Amazon's is also the name of the ConfigMap that maps roles. */
function ownConfigMap(installation: Installation): string {
  return `${nameOf(installation)}-configuration`;
}

interface MountedConfigMap {
  /** Of the volume. */
  readonly name: string;
  readonly mountPath: string;
  /** The key of the ConfigMap, which is the file's name. */
  readonly key: string;
  /** The webhook's flag that names the file. */
  readonly flag: string;
  /** The ConfigMap's name; undefined where there is none. */
  readonly from: (installation: Installation) => string | undefined;
  /** Whether the webhook does without it; else its pods wait for it. */
  readonly optional: boolean;
}

/** Its own configuration is made with the rest, and what others fill is read again when it changes. */
const configMaps: readonly MountedConfigMap[] = [
  {
    name: 'configuration',
    mountPath: '/etc/podiam/configuration',
    key: 'podiam.yaml',
    flag: 'config',
    from: (installation) => (configurationText(installation) === undefined ? undefined : ownConfigMap(installation)),
    optional: false,
  },
  {
    name: 'client-ca',
    mountPath: '/etc/podiam/client-ca',
    key: 'ca.crt',
    flag: 'client-ca',
    from: ({ values }) => values['client-ca-config-map'],
    optional: false,
  },
  {
    name: 'container-credentials',
    mountPath: '/etc/podiam/container-credentials',
    key: 'identities.json',
    flag: 'watch-container-credentials-config',
    from: ({ values }) => values['container-credentials-config-map'],
    optional: true,
  },
];

interface Present extends MountedConfigMap {
  readonly configMap: string;
}

function present(installation: Installation): readonly Present[] {
  return configMaps.flatMap((mounted) => {
    const configMap = mounted.from(installation);
    return configMap === undefined ? [] : [{ ...mounted, configMap }];
  });
}

/** The flags that name the files, by their names. */
export function fileFlags(installation: Installation): readonly (readonly [name: string, path: string])[] {
  return present(installation).map(({ flag, mountPath, key }) => [flag, `${mountPath}/${key}`] as const);
}

/** Whole folders are mounted: a single file would never change. */
export function configMapVolumes(installation: Installation) {
  return present(installation).map(({ configMap, mountPath, name, optional }) => ({
    mountPath,
    volume: { name, configMap: { name: configMap, ...(optional && { optional }) } },
  }));
}

function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, withSortedKeys(item)]));
}

/** What no flag can carry, by the settings' names; empty where nothing of it is set. */
function configuration({ values }: Installation): Readonly<Record<string, unknown>> {
  const { 'allowed-roles': allowedRoles, profiles } = values;
  return {
    ...(allowedRoles !== undefined && { 'allowed-roles': allowedRoles }),
    ...(profiles.length > 0 && { profiles: profiles.map(({ row }) => row) }),
  };
}

/** JSON, which is YAML too, with the bytes that Helm's toPrettyJson makes of the same values: their digests agree. */
function configurationText(installation: Installation): string | undefined {
  const members = configuration(installation);
  if (Object.keys(members).length === 0) return undefined;
  const escaped = JSON.stringify(withSortedKeys(members), undefined, 2).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}

/** Pods read their configuration once: with its digest on them, they are replaced when it changes. */
export function configurationDigest(installation: Installation): Readonly<Record<string, string>> {
  const text = configurationText(installation);
  if (text === undefined) return {};
  return { 'podiam.dev/configuration': createHash('sha256').update(text).digest('hex') };
}

export function configurationObjects(installation: Installation): readonly KubernetesObject[] {
  const text = configurationText(installation);
  if (text === undefined) return [];
  const metadata = inNamespace(installation, ownConfigMap(installation));
  return [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'podiam.yaml': text } }];
}
