// The platform's listeners: the STS, the compute API of the examples, and the gateway in front of it.
import { setTimeout as wait } from 'node:timers/promises';
import { parse } from 'yaml';
import { causeOf, Refusal, RefusedError } from '../../core/refusals/index.ts';
import { parseRouteTable } from '../../core/routes/index.ts';
import { createGateway } from '../../features/gateway/index.ts';
import { createFetchDocument, defaultFetchLimits } from '../../io/documents/index.ts';
import { readText } from '../../io/files/index.ts';
import { createForwarder, type RunningServer, serve } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';
import { type Child, startChild } from '../../io/process/index.ts';
import { openServices } from '../platform/services.ts';
import { audience } from './registrations.ts';
import type { Storage } from './storage.ts';
import { example } from './world.ts';

export interface Platform {
  readonly sts: RunningServer;
  readonly gateway: RunningServer;
  readonly close: (graceMs: number) => Promise<void>;
}

interface ComputeApi {
  readonly port: number;
  readonly stop: (graceMs: number) => Promise<void>;
}

const restartPauseMs = 500;
/** Nobody else writes to the registry of a run. */
const maxStalenessMs = 300_000;

/** Starts the example's API and waits until it tells its port; if it ends by itself, it is started again on that port. */
async function keepComputeApi(log: Log): Promise<ComputeApi> {
  const stopping = new AbortController();
  let child: Child;

  const start = (port: number): Promise<number> => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child = startChild({
      command: process.execPath,
      args: ['server.mjs'],
      cwd: example('platform-api'),
      environment: { PORT: String(port) },
      onLine: (line) => {
        const [, taken] = /^listening on (\d+)$/.exec(line) ?? [];
        if (taken === undefined) log.warn('the compute API says', { line });
        else resolve(Number(taken));
      },
    });
    void child.ended.then((code) => reject(new Error(`the compute API of the examples ended with ${code}`)));
    return promise;
  };

  const watch = async (port: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      const code = await child.ended;
      if (stopping.signal.aborted) return;
      log.error('the compute API ended, and is started again', { code });
      await wait(restartPauseMs);
      await start(port).catch(() => {});
    }
  };

  const port = await start(0);
  void watch(port);
  const stop = async (graceMs: number) => {
    stopping.abort();
    await child.stop(graceMs);
  };
  return { port, stop };
}

export async function startPlatform(
  storage: Storage,
  ports: { sts: number; gateway: number },
  log: Log,
): Promise<Platform> {
  const { registry, keyEncryptionKeys } = storage;
  const services = await openServices({
    registry,
    keyEncryptionKeys,
    recorder: registry,
    log,
    fetchDocument: createFetchDocument(defaultFetchLimits),
    maxStalenessMs,
    publicUrl: '',
    audience,
  });
  const routesFile: unknown = parse(await readText(example('platform-api/routes.yaml')));
  const routes = parseRouteTable(routesFile);
  if (routes instanceof Refusal) throw new RefusedError(routes);

  const onError = (error: unknown) => log.error('a handler failed', { error: causeOf(error) });
  const api = await keepComputeApi(log);
  const forwarder = createForwarder({ upstream: { host: '127.0.0.1', port: api.port } });
  const started: RunningServer[] = [];
  const close = async (graceMs: number) => {
    await Promise.all(started.map((server) => server.close({ graceMs })));
    forwarder.close();
    services.stop();
    await api.stop(graceMs);
  };
  try {
    const sts = await serve({ host: '127.0.0.1', port: ports.sts, handler: services.api, onError });
    started.push(sts);
    const handler = createGateway({ ...services.shared, registry, routes, forward: forwarder.forward });
    const gateway = await serve({ host: '127.0.0.1', port: ports.gateway, handler, onError });
    started.push(gateway);
    return { sts, gateway, close };
  } catch (error) {
    await close(0);
    throw error;
  }
}
