// A connection from kubeconfig files: one context of them, with its cluster and its user.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { readText } from '../files/index.ts';
import { type Connection, joinSources } from './connection.ts';
import type { PluginTiming } from './exec-plugin.ts';
import { clusterInfo, readCluster } from './kubeconfig-cluster.ts';
import {
  type Entry,
  type Kubeconfig,
  malformed,
  mergeKubeconfigs,
  optionalText,
  parseKubeconfig,
  placeOf,
  unsupported,
} from './kubeconfig-entries.ts';
import { readUser } from './kubeconfig-user.ts';
import { defaultTiming, type FileTiming } from './watched-file.ts';

export interface KubeconfigOptions extends Partial<FileTiming & PluginTiming> {
  /** Instead of `current-context`. */
  readonly context?: string | undefined;
  /** What a credential plugin inherits; it needs PATH where its command is a bare name. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A kubeconfig that was read already; its relative paths are relative to `path`. */
export interface KubeconfigText {
  readonly path: string;
  readonly text: string;
}

const pluginTimeoutMs = 30_000;

/**
 * @param source a text, or paths in the order of KUBECONFIG: where there are several, those of no file are passed over
 * @throws RefusedError `kubeconfig-missing`, `kubeconfig-malformed`, `kubeconfig-unsupported`, `file-unreadable`
 */
export async function loadKubeconfig(
  source: KubeconfigText | readonly string[],
  options: KubeconfigOptions = {},
): Promise<Connection> {
  const { context: wanted, environment = {}, ...given } = options;
  const timing = { ...defaultTiming, timeoutMs: pluginTimeoutMs, ...given };
  const config = 'text' in source ? parseKubeconfig(source.text, source.path) : await readFiles(source);
  const context = contextOf(config, wanted);
  const clusterEntry = referred(context, 'cluster', config.clusters);
  const cluster = await readCluster(clusterEntry, timing);
  const userEntry = referred(context, 'user', config.users);
  const user = await readUser(userEntry, { timing, environment, cluster: clusterInfo(clusterEntry) });
  const { server, ca, servername, verifies } = cluster;
  const credentials = joinSources({ ...user, ca, servername, verifies });
  if (!server.secure) await refuseCredentials(userEntry, user.plugin === undefined ? credentials : undefined);
  return { server, namespace: optionalText(context, 'namespace'), credentials };
}

async function readFiles(paths: readonly string[]): Promise<Kubeconfig> {
  const configs: Kubeconfig[] = [];
  for (const path of paths) {
    const text = await textOf(path);
    if (text !== undefined) configs.push(parseKubeconfig(text, path));
  }
  if (configs.length === 0) throw new RefusedError(refuse('kubeconfig-missing', { paths: paths.join(', ') }));
  return mergeKubeconfigs(configs);
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readText(path);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw error;
  }
}

function contextOf(config: Kubeconfig, wanted: string | undefined): Entry {
  const name = wanted ?? config.currentContext;
  const known = [...config.contexts.keys()].join(', ') || 'none';
  const whole = { file: config.files, field: 'current-context' };
  if (name === undefined) throw malformed(whole, `is missing; the contexts are: ${known}`);
  const context = config.contexts.get(name);
  const field = wanted === undefined ? 'current-context' : 'contexts';
  if (context === undefined) throw malformed({ ...whole, field }, `has no ${name}; the contexts are: ${known}`);
  return context;
}

function referred(context: Entry, member: 'cluster' | 'user', entries: ReadonlyMap<string, Entry>): Entry {
  const name = optionalText(context, member);
  const place = placeOf(context, member);
  if (name === undefined) {
    // A context without a user is anonymous, as for `kubectl proxy`.
    if (member === 'user') return { ...place, value: {} };
    throw malformed(place, 'is missing');
  }
  const entry = entries.get(name);
  if (entry === undefined) throw malformed(place, `is ${name}, which is not among the ${member}s`);
  return entry;
}

/** @param credentials undefined where a plugin would give them */
async function refuseCredentials(user: Entry, credentials: Connection['credentials'] | undefined): Promise<void> {
  const found = await credentials?.('kept');
  if (found !== undefined && found.authorization === undefined && found.tls.cert === undefined) return;
  throw unsupported(user, 'would be sent to an http:// server, readable by everyone between', 'Use https://');
}
