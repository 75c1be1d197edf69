// The patch that carries a plan out: `add` alone (RFC 6902, section 4.1), never a list or an object that is there
// already written anew, so that whatever else stands in the pod survives.
import { containerCredentialsLabel } from './container-credentials.ts';
import { isSelfSufficient, methodRule, missingVariables, sharedRules, type Variable } from './environment.ts';
import type { Plan } from './plan.ts';
import type { Container, Pod } from './pod.ts';
import { tokenMount, tokenVolume } from './token-volume.ts';

export interface AddOperation {
  readonly op: 'add';
  /** JSON Pointer (RFC 6901) from the pod. */
  readonly path: string;
  readonly value: unknown;
}

/** As `key` stands in a JSON Pointer. */
function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function add(path: string, value: unknown): AddOperation {
  return { op: 'add', path, value };
}

/** Adds behind what is in the list; where there is none, adds the list. */
function append(path: string, exists: boolean, items: readonly unknown[]): readonly AddOperation[] {
  if (items.length === 0) return [];
  return exists ? items.map((item) => add(`${path}/-`, item)) : [add(path, items)];
}

/** Windows resolves the path on its own drive; the mount itself stays Unix-style, as containerd wants it. */
function tokenFile(folder: string, plan: Plan, windows: boolean): string {
  const path = folder === '/' ? `/${plan.token.path}` : `${folder}/${plan.token.path}`;
  return windows ? `C:${path.replaceAll('/', '\\')}` : path;
}

interface PodPatch {
  readonly plan: Plan;
  readonly windows: boolean;
  readonly volumeName: string;
  readonly rules: ReturnType<typeof sharedRules>;
}

function variablesFor(container: Container, folder: string, names: ReadonlySet<unknown>, patch: PodPatch): Variable[] {
  const keys = methodRule(patch.plan, container, tokenFile(folder, patch.plan, patch.windows));
  return [
    ...missingVariables(patch.rules.before, names),
    ...missingVariables([keys], names),
    ...missingVariables(patch.rules.behind, names),
  ];
}

/** Undefined where the container does not use the token. */
function containerOperations(container: Container, patch: PodPatch): readonly AddOperation[] | undefined {
  const { plan, volumeName } = patch;
  const names = new Set(container.env.map((variable) => variable['name']));
  if (isSelfSufficient(names, plan)) return undefined;
  const mount = tokenMount(container, volumeName, plan.mountPath);
  const mounts = mount.exists ? [] : [{ name: volumeName, readOnly: true, mountPath: mount.path }];
  return [
    ...append(`${container.path}/env`, container.hasEnv, variablesFor(container, mount.path, names, patch)),
    ...append(`${container.path}/volumeMounts`, container.hasMounts, mounts),
  ];
}

function volumeOperation(pod: Pod, name: string, { token }: Plan): AddOperation {
  const { audience, expirationSeconds, path } = token;
  const volume = { name, projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds, path } }] } };
  return pod.hasVolumes ? add('/spec/volumes/0', volume) : add('/spec/volumes', [volume]);
}

function labelOperations(pod: Pod, plan: Plan): readonly AddOperation[] {
  const { key, value } = containerCredentialsLabel;
  if (plan.identity.method !== 'container_credentials' || Object.hasOwn(pod.labels, key)) return [];
  if (!pod.hasMetadata) return [add('/metadata', { labels: { [key]: value } })];
  return [
    pod.hasLabels ? add(`/metadata/labels/${escapePointer(key)}`, value) : add('/metadata/labels', { [key]: value }),
  ];
}

/**
 * The operations that bring a pod, or a pod template, to what the plan says: none where it is so already. Applied to
 * the pod and asked for again, the patch is empty.
 */
export function patch(pod: Pod, plan: Plan): readonly AddOperation[] {
  const volume = tokenVolume(pod, plan.token);
  if (plan.ephemeral && !volume.exists) return [];
  const shared: PodPatch = {
    plan,
    windows: pod.windows,
    volumeName: volume.name,
    rules: sharedRules(plan, pod.name),
  };
  const operations: AddOperation[] = [];
  let isUsed = false;
  for (const container of plan.ephemeral ? pod.ephemeralContainers : pod.containers) {
    const own = plan.containers.has(container.name) ? containerOperations(container, shared) : undefined;
    if (own === undefined) continue;
    isUsed = true;
    operations.push(...own);
  }
  if (!isUsed || plan.ephemeral) return operations;
  const around = volume.exists ? [] : [volumeOperation(pod, volume.name, plan)];
  return [...around, ...operations, ...labelOperations(pod, plan)];
}
