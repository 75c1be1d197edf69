// The cluster of a kubeconfig's context: address, and what its certificate is verified with.
import { RefusedError } from '../../core/refusals/index.ts';
import { parseAddress } from './address.ts';
import { type ApiServer, always, type Source } from './connection.ts';
import type { JsonObject } from './json.ts';
import {
  dataAt,
  type Entry,
  malformed,
  optionalFlag,
  optionalText,
  pathAt,
  placeOf,
  unsupported,
} from './kubeconfig-entries.ts';
import { certificateProblem } from './material.ts';
import { type FileTiming, openWatchedFile } from './watched-file.ts';

export interface ClusterEntry {
  readonly server: ApiServer;
  readonly ca: Source;
  readonly servername: string | undefined;
  readonly verifies: boolean;
}

/** @throws RefusedError */
export async function readCluster(entry: Entry, files: FileTiming): Promise<ClusterEntry> {
  if (optionalText(entry, 'proxy-url') !== undefined) {
    const solution = 'Reach the API server directly, and take proxy-url out';
    throw unsupported(placeOf(entry, 'proxy-url'), 'sends all requests through a proxy', solution);
  }
  const verifies = !optionalFlag(entry, 'insecure-skip-tls-verify');
  const ca = await authority(entry, files);
  if (!verifies && ca !== undefined) {
    const problem = 'contradicts the certificate authority that is given beside it';
    throw malformed(placeOf(entry, 'insecure-skip-tls-verify'), problem);
  }
  const servername = optionalText(entry, 'tls-server-name');
  return { server: readServer(entry), ca: ca ?? always(undefined), servername, verifies };
}

/** 1. `certificate-authority-data`; 2. the file `certificate-authority`; 3. the machine's authorities. */
async function authority(entry: Entry, files: FileTiming): Promise<Source | undefined> {
  const data = dataAt(entry, 'certificate-authority-data');
  if (data !== undefined) {
    const problem = certificateProblem(data);
    if (problem !== undefined) throw malformed(placeOf(entry, 'certificate-authority-data'), problem);
    return always(data);
  }
  const path = pathAt(entry, 'certificate-authority');
  if (path === undefined) return undefined;
  const place = placeOf(entry, 'certificate-authority');
  return fileOf(place, () => openWatchedFile(path, place.field, certificateProblem, files));
}

/** Opens a file that a kubeconfig names: what is wrong is told of that place in the kubeconfig. */
export async function fileOf(place: Pick<Entry, 'file' | 'field'>, open: () => Promise<Source>): Promise<Source> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw malformed(place, `names a file that is not taken: ${error.refusal.sentence.replace(/\.$/, '')}`);
  }
}

function readServer(entry: Entry): ApiServer {
  const place = placeOf(entry, 'server');
  const text = optionalText(entry, 'server');
  if (text === undefined) throw malformed(place, 'is missing');
  const server = parseAddress(text);
  if ('problem' in server) throw malformed(place, server.problem);
  return server;
}

/** `spec.cluster` of KUBERNETES_EXEC_INFO, for plugins that ask for it by `provideClusterInfo`. */
export function clusterInfo(entry: Entry): JsonObject {
  const { value } = entry;
  const info: Record<string, unknown> = {};
  const given = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data'];
  for (const member of given) if (value[member] !== undefined) info[member] = value[member];
  const extensions = Array.isArray(value['extensions']) ? value['extensions'] : [];
  const config: unknown = extensions.find((item: unknown) => isExecExtension(item));
  return isExecExtension(config) ? { ...info, config: config.extension } : info;
}

function isExecExtension(item: unknown): item is { readonly extension: unknown } {
  if (typeof item !== 'object' || item === null || !('name' in item) || !('extension' in item)) return false;
  return item.name === 'client.authentication.k8s.io/exec';
}
