// The case files of injection on a real API server: what it makes of each pod with the webhook, and without.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { isList, isObject, itemsOf, type JsonObject, objectOf, textOf } from '../../../src/core/injection/index.ts';
import { type InjectionCase, outcome, readCases } from '../../core/injection/cases.ts';
import type { Cluster } from '../access.ts';
import type { ApiAnswer } from '../api.ts';

export interface ClusterCase {
  readonly file: string;
  readonly title: string;
  readonly given: InjectionCase;
}

/** Each case gets a namespace of its own, and whatever names its namespace names that one. */
function moved(given: InjectionCase, index: number): InjectionCase {
  const { identities, mapping, namespace } = given;
  const own = `${namespace}-${index}`;
  const rows = isObject(mapping)
    ? Object.entries(mapping).map(([key, row]) => [
        key.startsWith(`${namespace}/`) ? key.replace(namespace, own) : key,
        row,
      ])
    : undefined;
  return {
    ...given,
    namespace: own,
    ...(rows && { mapping: Object.fromEntries(rows) }),
    ...(isList(identities) && {
      identities: identities.map((identity) =>
        isObject(identity) && identity['namespace'] === namespace ? { ...identity, namespace: own } : identity,
      ),
    }),
  };
}

export function clusterCases(): readonly ClusterCase[] {
  return readCases().map(({ file, title, given }, index) => ({ file, title, given: moved(given, index) }));
}

/** What one process of the webhook can serve together: those under the same settings. */
export function groupsOf(cases: readonly ClusterCase[]): readonly (readonly ClusterCase[])[] {
  const groups = Map.groupBy(cases, ({ given }) =>
    JSON.stringify([
      given.profiles,
      given.ownProfiles,
      given.settings,
      given.mapping,
      given.identities,
      given.allowedRoles,
    ]),
  );
  return [...groups.values()];
}

/** The settings of a group: profiles as flags, all else as a configuration file has it. */
export async function flagsOf(given: InjectionCase, folder: string): Promise<readonly string[]> {
  const { allowedRoles, identities, ownProfiles, profiles, settings } = given;
  const file = join(folder, 'podiam.yaml');
  await writeFile(file, stringify({ ...settings, profiles: ownProfiles, 'allowed-roles': allowedRoles }));
  const flags = [`--config=${file}`, ...profiles.map((profile) => `--profile=${profile}`)];
  if (identities === undefined) return flags;
  const list = join(folder, 'identities.json');
  await writeFile(list, JSON.stringify({ identities }));
  return [...flags, `--watch-container-credentials-config=${list}`];
}

const podsOf = ({ namespace }: InjectionCase) => `/api/v1/namespaces/${namespace}/pods`;

function podOf({ pod }: InjectionCase): JsonObject {
  return isObject(pod) ? { apiVersion: 'v1', kind: 'Pod', ...pod } : { apiVersion: 'v1', kind: 'Pod' };
}

function serviceAccountName({ pod }: InjectionCase): string {
  const spec = isObject(pod) ? objectOf(pod, 'spec') : undefined;
  return (spec && textOf(spec, 'serviceAccountName')) || 'default';
}

/** What stands before the pod: namespace, service account, and the pod itself where the case adds containers to it. */
export async function prepare({ api, createNamespace }: Cluster, given: InjectionCase): Promise<void> {
  const { before, namespace, namespaceAnnotations, serviceAccount } = given;
  await createNamespace(namespace);
  if (namespaceAnnotations)
    await api.merge(`/api/v1/namespaces/${namespace}`, { metadata: { annotations: namespaceAnnotations } });
  if (serviceAccount) {
    const name = serviceAccountName(given);
    await api.apply(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, annotations: serviceAccount.annotations },
    });
  }
  if (before === undefined) return;
  const pod = podOf(given);
  const created = await api.create(podsOf(given), {
    ...pod,
    spec: { ...objectOf(pod, 'spec'), ephemeralContainers: undefined },
  });
  const old = itemsOf(objectOf(isObject(before) ? before : {}, 'spec') ?? {}, 'ephemeralContainers');
  if (old.length > 0) await addEphemeral(api, pathOf(given, created), old);
}

const pathOf = (given: InjectionCase, pod: JsonObject) =>
  `${podsOf(given)}/${textOf(objectOf(pod, 'metadata') ?? {}, 'name')}/ephemeralcontainers`;

function addEphemeral(api: Cluster['api'], path: string, containers: readonly unknown[]): Promise<ApiAnswer> {
  const contentType = 'application/strategic-merge-patch+json';
  return api.call(path, { method: 'PATCH', body: { spec: { ephemeralContainers: containers } }, contentType });
}

/** What the API server makes of the case's pod, without keeping it. */
export function tryOut({ api }: Cluster, given: InjectionCase): Promise<ApiAnswer> {
  const pod = podOf(given);
  if (given.before === undefined) return api.call(`${podsOf(given)}?dryRun=All`, { method: 'POST', body: pod });
  const containers = itemsOf(objectOf(pod, 'spec') ?? {}, 'ephemeralContainers');
  return addEphemeral(api, `${pathOf(given, pod)}?dryRun=All`, containers);
}

/** The pod as the core decides it, nothing being random; the case's own where it leaves it alone or refuses. */
export function offline(given: InjectionCase): JsonObject {
  const { randomByte, ...settled } = given;
  void randomByte;
  const { pod } = outcome(settled);
  return isObject(pod) ? pod : podOf(given);
}

const isApiAccess = (named: unknown) => isObject(named) && textOf(named, 'name').startsWith('kube-api-access-');

/** A random expiration, of exactly a day, counts as that day. */
const earliest = 79_200;
const latest = 86_400;

/** API servers drop the fields that their release does not know. */
const isUnknown = (key: string) => key.endsWith('OfTomorrow');

function normal(value: unknown, isRandom: boolean): unknown {
  const text = JSON.stringify(value, (key, value: unknown) => {
    if (isUnknown(key)) return undefined;
    return isRandom && key === 'expirationSeconds' && typeof value === 'number' && value >= earliest ? latest : value;
  });
  return JSON.parse(text);
}

interface Comparable {
  readonly name: string;
  readonly env: readonly unknown[];
  readonly volumeMounts: readonly unknown[];
}

function comparable(container: unknown): Comparable {
  const object = isObject(container) ? container : {};
  return {
    name: textOf(object, 'name'),
    env: itemsOf(object, 'env'),
    volumeMounts: itemsOf(object, 'volumeMounts').filter((mount) => !isApiAccess(mount)),
  };
}

/** What injection may change of a pod, without what the API server itself puts into every pod. */
export function injectedParts(pod: JsonObject, isRandom = false): unknown {
  const spec = objectOf(pod, 'spec') ?? {};
  const parts = {
    containers: itemsOf(spec, 'containers').map(comparable),
    initContainers: itemsOf(spec, 'initContainers').map(comparable),
    ephemeralContainers: itemsOf(spec, 'ephemeralContainers').map(comparable),
    volumes: itemsOf(spec, 'volumes').filter((volume) => !isApiAccess(volume)),
  };
  return normal(parts, isRandom);
}

/** What Kubernetes itself refuses, whoever asks: no account, a mirror of a static pod from no node, no pod at all. */
export function isRefusedByKubernetes(given: InjectionCase): boolean {
  const annotations = objectOf(objectOf(podOf(given), 'metadata') ?? {}, 'annotations') ?? {};
  const isMirror = 'kubernetes.io/config.mirror' in annotations;
  return given.serviceAccount === null || isMirror || outcome(given)['refused'] === 'pod-malformed';
}
