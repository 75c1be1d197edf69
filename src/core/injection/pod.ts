// A pod as injection sees it: the fields that count, read from JSON without a copy. Fields of future Kubernetes
// releases pass by unseen, and so survive.
import { type Refusal, refuse } from '../refusals/index.ts';
import { isList, isObject, itemsOf, type JsonObject, objectOf, type Texts, textOf } from './fields.ts';

export interface Container {
  /** JSON Pointer (RFC 6901) from the pod. */
  readonly path: string;
  readonly name: string;
  /** Whether `env` and `volumeMounts` are lists already, to whose end one can add. */
  readonly hasEnv: boolean;
  readonly hasMounts: boolean;
  readonly env: readonly JsonObject[];
  readonly mounts: readonly JsonObject[];
  readonly devices: readonly unknown[];
  /** The container that an ephemeral one debugs; empty for others. */
  readonly target: string;
}

export interface Pod {
  /** Empty where the API server is still to make one up, and in most templates. */
  readonly name: string;
  /** What a made-up name will begin with. */
  readonly generateName: string;
  readonly serviceAccount: string;
  readonly hasMetadata: boolean;
  readonly hasLabels: boolean;
  readonly annotations: Texts;
  readonly labels: Texts;
  readonly hasVolumes: boolean;
  readonly volumes: readonly JsonObject[];
  readonly windows: boolean;
  /** Init containers first, as they start first. */
  readonly containers: readonly Container[];
  readonly ephemeralContainers: readonly Container[];
}

/** Kubelets set it on the pods that show their static ones, which no admission can change. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** More run on no node; and what is added to each must not grow without bound. */
const mostContainers = 1000;

const none: JsonObject = {};
const noContainers: readonly Container[] = [];

function malformed(field: string, expected: string): Refusal {
  return refuse('pod-malformed', { field, expected });
}

function areObjects(items: readonly unknown[]): items is readonly JsonObject[] {
  return items.every(isObject);
}

/** A list of objects, empty where it is absent or null. */
function objectsAt(object: JsonObject, member: string, path: string): readonly JsonObject[] | Refusal {
  const value = object[member];
  if (value === undefined || value === null) return [];
  return isList(value) && areObjects(value) ? value : malformed(`${path}/${member}`, 'a list of objects');
}

function readContainer(object: JsonObject, path: string): Container | Refusal {
  const env = objectsAt(object, 'env', path);
  if (!isList(env)) return env;
  const mounts = objectsAt(object, 'volumeMounts', path);
  if (!isList(mounts)) return mounts;
  const name = textOf(object, 'name');
  if (name === '') return malformed(`${path}/name`, 'a name');
  return {
    path,
    name,
    hasEnv: isList(object['env']),
    hasMounts: isList(object['volumeMounts']),
    env,
    mounts,
    devices: itemsOf(object, 'volumeDevices'),
    target: textOf(object, 'targetContainerName'),
  };
}

function readContainers(spec: JsonObject, member: string): readonly Container[] | Refusal {
  const objects = objectsAt(spec, member, '/spec');
  if (!isList(objects)) return objects;
  if (objects.length === 0) return noContainers;
  if (objects.length > mostContainers) return malformed(`/spec/${member}`, `a list of at most ${mostContainers}`);
  const containers: Container[] = [];
  for (const [index, object] of objects.entries()) {
    const container = readContainer(object, `/spec/${member}/${index}`);
    if (!('path' in container)) return container;
    containers.push(container);
  }
  return containers;
}

/** The service account's name; empty means `default` (Kubernetes, "Configure service accounts for pods"). */
function serviceAccountOf(spec: JsonObject): string {
  return textOf(spec, 'serviceAccountName') || textOf(spec, 'serviceAccount') || 'default';
}

function isWindows(spec: JsonObject): boolean {
  const selector = objectOf(spec, 'nodeSelector') ?? none;
  return (
    selector['kubernetes.io/os'] === 'windows' ||
    selector['beta.kubernetes.io/os'] === 'windows' ||
    objectOf(spec, 'os')?.['name'] === 'windows'
  );
}

/** Reads a Pod, or a pod template: both have `metadata` and `spec`. @returns `pod-malformed` where a field that counts is no such thing */
export function readPod(value: unknown): Pod | Refusal {
  if (!isObject(value)) return malformed('object', 'an object');
  const spec = value['spec'];
  if (!isObject(spec)) return malformed('/spec', 'an object');
  const init = readContainers(spec, 'initContainers');
  if (!isList(init)) return init;
  const ordinary = readContainers(spec, 'containers');
  if (!isList(ordinary)) return ordinary;
  const ephemeralContainers = readContainers(spec, 'ephemeralContainers');
  if (!isList(ephemeralContainers)) return ephemeralContainers;
  const volumes = objectsAt(spec, 'volumes', '/spec');
  if (!isList(volumes)) return volumes;
  const metadata = objectOf(value, 'metadata');
  const labels = metadata && objectOf(metadata, 'labels');
  return {
    name: metadata === undefined ? '' : textOf(metadata, 'name'),
    generateName: metadata === undefined ? '' : textOf(metadata, 'generateName'),
    serviceAccount: serviceAccountOf(spec),
    hasMetadata: metadata !== undefined,
    hasLabels: labels !== undefined,
    annotations: (metadata && objectOf(metadata, 'annotations')) ?? none,
    labels: labels ?? none,
    hasVolumes: isList(spec['volumes']),
    volumes,
    windows: isWindows(spec),
    containers: init.length === 0 ? ordinary : [...init, ...ordinary],
    ephemeralContainers,
  };
}
