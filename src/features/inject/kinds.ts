// Which kinds hold pods, and where: one row each. A kind of the same name in another API group is another kind.
import { isObject, type JsonObject, objectOf, textOf } from '../../core/injection/index.ts';

interface PodHolder {
  readonly kind: string;
  readonly groups: readonly string[];
  /** Members from the object to what has the pod's metadata and spec. */
  readonly path: readonly string[];
}

const template = ['spec', 'template'] as const;

const podHolders: readonly PodHolder[] = [
  { kind: 'Pod', groups: [''], path: [] },
  { kind: 'PodTemplate', groups: [''], path: ['template'] },
  { kind: 'ReplicationController', groups: [''], path: template },
  { kind: 'Deployment', groups: ['apps', 'extensions'], path: template },
  { kind: 'ReplicaSet', groups: ['apps', 'extensions'], path: template },
  { kind: 'DaemonSet', groups: ['apps', 'extensions'], path: template },
  { kind: 'StatefulSet', groups: ['apps'], path: template },
  { kind: 'Job', groups: ['batch'], path: template },
  { kind: 'CronJob', groups: ['batch'], path: ['spec', 'jobTemplate', ...template] },
];

const holders = new Map(podHolders.flatMap((row) => row.groups.map((group) => [`${group}/${row.kind}`, row])));

/** An object among the manifests, with what its list says of it where it says nothing itself. */
export interface Manifest {
  readonly object: JsonObject;
  readonly apiVersion: string;
  readonly kind: string;
  /** JSON Pointer from the document; empty for the document itself. */
  readonly path: string;
}

const deepestList = 8;

/** The object itself, or the items of a `List`, a `PodList` and so on; the items of such lists may go without a kind. */
function* objectsIn(manifest: Manifest, depth = 0): Generator<Manifest> {
  const { apiVersion, kind, object, path } = manifest;
  const items = object['items'];
  if (!kind.endsWith('List') || !Array.isArray(items) || depth === deepestList) {
    yield manifest;
    return;
  }
  const itemKind = kind.slice(0, -'List'.length);
  for (const [index, item] of items.entries()) {
    if (!isObject(item)) continue;
    const inner = {
      object: item,
      apiVersion: textOf(item, 'apiVersion') || apiVersion,
      kind: textOf(item, 'kind') || itemKind,
      path: `${path}/items/${index}`,
    };
    yield* objectsIn(inner, depth + 1);
  }
}

/** All objects of a document; none where it holds none. */
export function manifestsIn(value: unknown): Iterable<Manifest> {
  if (!isObject(value)) return [];
  const [apiVersion, kind] = [textOf(value, 'apiVersion'), textOf(value, 'kind')];
  return objectsIn({ object: value, apiVersion, kind, path: '' });
}

/** A pod, or what pods are made from. */
export interface Workload {
  readonly manifest: Manifest;
  /** What has the pod's `metadata` and `spec`. */
  readonly pod: JsonObject;
  /** JSON Pointer from the document to it. */
  readonly path: string;
}

/** What of a manifest is a pod; undefined for other kinds, and where the place of its template is empty. */
export function workloadOf(manifest: Manifest): Workload | undefined {
  const { apiVersion, kind } = manifest;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const holder = holders.get(`${group}/${kind}`);
  if (holder === undefined) return undefined;
  let pod: JsonObject | undefined = manifest.object;
  for (const member of holder.path) pod = pod && objectOf(pod, member);
  const path = [manifest.path, ...holder.path].join('/');
  return pod && { manifest, pod, path };
}
