// The platform's listeners: the STS, the compute API of the examples, and the gateway in front of it.
import { createSecretKey } from 'node:crypto';
import { parse } from 'yaml';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import { parseRouteTable } from '../../core/routes/index.ts';
import { createGateway } from '../../features/gateway/index.ts';
import { findRootCredentials } from '../../features/iam/index.ts';
import { createStsHandler } from '../../features/sts/index.ts';
import { readText } from '../../io/files/index.ts';
import { createForwarder, type RunningServer, serve } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';
import { type Child, startChild } from '../../io/process/index.ts';
import { keptSecret, keptSetting, type Storage } from './storage.ts';
import { example, world } from './world.ts';

export interface Platform {
  readonly sts: RunningServer;
  readonly gateway: RunningServer;
  readonly close: (graceMs: number) => Promise<void>;
}

/** The keys that seal session tokens: made once, so that sessions outlive a restart. */
async function sealingKeys(storage: Storage) {
  const id = await keptSetting(storage, 'sealing-key/current', () => Buffer.from(world.randomBytes(4)).toString('hex'));
  const key = await keptSecret(storage, `sealing-key/${id}`, () => world.randomBytes(32));
  return { currentId: id, keys: new Map([[id, createSecretKey(key)]]) };
}

interface ComputeApi {
  readonly port: number;
  readonly child: Child;
}

/** Starts the example's API and waits until it tells its port. */
async function startComputeApi(log: Log): Promise<ComputeApi> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = startChild({
    command: process.execPath,
    args: ['server.mjs'],
    cwd: example('platform-api'),
    environment: {},
    onLine: (line) => {
      const [, port] = /^listening on (\d+)$/.exec(line) ?? [];
      if (port === undefined) log.warn('the compute API says', { line });
      else resolve(Number(port));
    },
  });
  void child.ended.then((code) => reject(new Error(`the compute API of the examples ended with ${code}`)));
  return { port: await promise, child };
}

export async function startPlatform(
  storage: Storage,
  ports: { sts: number; gateway: number },
  log: Log,
): Promise<Platform> {
  const keyring = await sealingKeys(storage);
  const shared = {
    ...world,
    registry: storage.registry,
    keyring,
    newRequestId: world.newId,
    log: (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>) =>
      log[level](message, facts),
    findRootKey: (accessKeyId: string) => findRootCredentials(storage, accessKeyId),
  };
  const routesFile: unknown = parse(await readText(example('platform-api/routes.yaml')));
  const routes = parseRouteTable(routesFile);
  if (routes instanceof Refusal) throw new RefusedError(routes);

  const onError = (error: unknown) => log.error('a handler failed', { error: String(error) });
  const api = await startComputeApi(log);
  const forwarder = createForwarder({ upstream: { host: '127.0.0.1', port: api.port } });
  const started: RunningServer[] = [];
  const close = async (graceMs: number) => {
    await Promise.all(started.map((server) => server.close({ graceMs })));
    forwarder.close();
    await api.child.stop(graceMs);
  };
  try {
    const sts = await serve({ host: '127.0.0.1', port: ports.sts, handler: createStsHandler(shared), onError });
    started.push(sts);
    const handler = createGateway({
      ...shared,
      routes,
      forward: forwarder.forward,
    });
    const gateway = await serve({ host: '127.0.0.1', port: ports.gateway, handler, onError });
    started.push(gateway);
    return { sts, gateway, close };
  } catch (error) {
    await close(0);
    throw error;
  }
}
