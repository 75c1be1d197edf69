// Where the token goes: which volume is ours, and which path in a container is free for it. A volume or mount of
// another maker that has our name or path is neither taken for ours nor doubled, which the API server would reject.
import { isObject, itemsOf, type JsonObject, objectOf, textOf } from './fields.ts';
import type { Plan } from './plan.ts';
import type { Container, Pod } from './pod.ts';

type Token = Plan['token'];

/** Whether a volume projects the very token that the plan wants; how long it is valid is its maker's business. */
function projectsToken(volume: JsonObject, token: Token): boolean {
  const projected = objectOf(volume, 'projected');
  if (projected === undefined) return false;
  return itemsOf(projected, 'sources').some((source) => {
    const found = isObject(source) ? objectOf(source, 'serviceAccountToken') : undefined;
    return found !== undefined && found['audience'] === token.audience && found['path'] === token.path;
  });
}

/** `name`, `name-2`, `name-3` …: the first for which `isUsable`. There are ever more names than things that could have them. */
function firstUsable(name: string, isUsable: (candidate: string) => boolean): string {
  let candidate = name;
  for (let number = 2; !isUsable(candidate); number++) candidate = `${name}-${number}`;
  return candidate;
}

/**
 * The volume to mount: of `name`, `name-2` … the first that is
 *   1. ours already, from an earlier run, or
 *   2. not there yet.
 */
export function tokenVolume(pod: Pod, token: Token): { readonly name: string; readonly exists: boolean } {
  const named = pod.volumes.find((volume) => volume['name'] === token.volumeName);
  if (named === undefined) return { name: token.volumeName, exists: false };
  if (projectsToken(named, token)) return { name: token.volumeName, exists: true };
  const byName = new Map(pod.volumes.map((volume) => [textOf(volume, 'name'), volume]));
  const isUsable = (candidate: string) => {
    const volume = byName.get(candidate);
    return volume === undefined || projectsToken(volume, token);
  };
  const name = firstUsable(token.volumeName, isUsable);
  return { name, exists: byName.has(name) };
}

function withoutLastSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * Which of `path`, `path-2` … something at `taken` is in the way of: the one that it is, or that it lies below, where it
 * would hide the token, or could not be mounted since ours is read-only. What lies above hides nothing: runtimes mount
 * in the order of depth. A path that is neither is in nobody's way.
 */
function occupied(taken: string, path: string): string {
  if (!taken.startsWith(path)) return taken;
  const slash = taken.indexOf('/', path.length);
  return slash < 0 ? taken : taken.slice(0, slash);
}

/**
 * The folder under which the container sees the token:
 *   1. where the volume is mounted whole already,
 *   2. the plan's path, or where something is there or below it, the first of `path-2`, `path-3` … that is free.
 */
export function tokenMount(
  container: Container,
  volumeName: string,
  mountPath: string,
): { readonly path: string; readonly exists: boolean } {
  if (container.mounts.length === 0 && container.devices.length === 0) return { path: mountPath, exists: false };
  const taken = new Set<string>();
  for (const mount of container.mounts) {
    const path = withoutLastSlash(textOf(mount, 'mountPath'));
    const isWhole = textOf(mount, 'subPath') === '' && textOf(mount, 'subPathExpr') === '';
    if (mount['name'] === volumeName && isWhole && path !== '') return { path, exists: true };
    taken.add(occupied(path, mountPath));
  }
  for (const device of container.devices) {
    if (isObject(device)) taken.add(occupied(withoutLastSlash(textOf(device, 'devicePath')), mountPath));
  }
  return { path: firstUsable(mountPath, (candidate) => !taken.has(candidate)), exists: false };
}
