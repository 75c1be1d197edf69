// The API server as a pod finds it: address from the variables that the kubelet sets, credentials from the mounted
// service-account volume (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
import { join } from 'node:path';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { readText } from '../files/index.ts';
import { always, type Connection, joinSources } from './connection.ts';
import { certificateProblem, tokenProblem } from './material.ts';
import { defaultTiming, type FileTiming, openWatchedFile } from './watched-file.ts';

export interface InClusterOptions extends Partial<FileTiming> {
  /** KUBERNETES_SERVICE_HOST. */
  readonly host: string | undefined;
  /** KUBERNETES_SERVICE_PORT. */
  readonly port: string | undefined;
  /** Where token, ca.crt and namespace lie. */
  readonly folder?: string;
}

const mountedFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** @throws RefusedError `kubernetes-not-in-cluster`, `file-unreadable`, `kubernetes-credential-unfit` */
export async function loadInCluster(options: InClusterOptions): Promise<Connection> {
  const { host, folder = mountedFolder, ...timing } = options;
  if (host === undefined || host === '') throw notInCluster('KUBERNETES_SERVICE_HOST is not set');
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw notInCluster('KUBERNETES_SERVICE_PORT is no port');
  const files = { ...defaultTiming, ...timing };
  const token = await openWatchedFile(join(folder, 'token'), 'the token', tokenProblem, files);
  const ca = await openWatchedFile(join(folder, 'ca.crt'), 'the authority', certificateProblem, files);
  const absent = always(undefined);
  return {
    server: { secure: true, host, port, basePath: '' },
    namespace: await namespaceIn(folder),
    credentials: joinSources({
      token,
      ca,
      cert: absent,
      key: absent,
      plugin: undefined,
      servername: undefined,
      verifies: true,
    }),
  };
}

function notInCluster(problem: string): RefusedError {
  return new RefusedError(refuse('kubernetes-not-in-cluster', { problem }));
}

/** A volume that was projected by hand may lack it. */
async function namespaceIn(folder: string): Promise<string | undefined> {
  try {
    return (await readText(join(folder, 'namespace'))).trim() || undefined;
  } catch {
    return undefined;
  }
}
