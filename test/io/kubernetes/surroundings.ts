// What tests of the client set up again and again: an API server, a connection to it, and waiting for what is to come.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusedError } from '../../../src/core/refusals/index.ts';
import {
  type ClientOptions,
  type Connection,
  createKubernetesClient,
  type KubernetesClient,
} from '../../../src/io/kubernetes/index.ts';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from './api-server.ts';

const opened: (() => unknown)[] = [];

/** Closed after the test, the last first. */
export function later(close: () => unknown): void {
  opened.push(close);
}

export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0).toReversed()) await close();
}

export async function apiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await startApiServer(options);
  later(() => server.stop().catch(() => {}));
  return server;
}

export function certificates(): Promise<SelfSignedServer> {
  const names = { commonName: 'kubernetes', dnsNames: ['kubernetes.default.svc'], ipAddresses: ['127.0.0.1'] };
  return selfSignedServer(names, { now: Date.now(), days: 1 });
}

export const tlsFiles = ({ certificate, privateKey }: SelfSignedServer) => ({ cert: certificate, key: privateKey });

/** A connection over plain HTTP without credentials. */
export function plainConnection({ port }: { readonly port: number }): Connection {
  const tls = { ca: undefined, cert: undefined, key: undefined, servername: undefined, verifies: true };
  const credentials = { tls, authorization: undefined };
  const server = { secure: false, host: '127.0.0.1', port, basePath: '' };
  return { server, namespace: undefined, credentials: () => Promise.resolve(credentials) };
}

export function clientOf(connection: Connection, options: ClientOptions = {}): KubernetesClient {
  const client = createKubernetesClient(connection, options);
  later(client.close);
  return client;
}

export async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'podiam-kubernetes-'));
  later(() => rm(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return path;
}

/** Waits until it is true: patience is generous, since the machine may be busy. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const patience = Date.now() + 20_000;
  while (!(await isTrue())) {
    if (Date.now() > patience) throw new Error(`waited in vain for: ${what}`);
    await sleep(5);
  }
}

/** The code of the refusal that it rejects with, or what else it came to. */
export async function refusalOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    return error instanceof RefusedError ? error.refusal.code : error;
  }
}
