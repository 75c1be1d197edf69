// Podiam as it is deployed: compiled, with the image's options, in a process of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { selfSignedServer } from '../src/io/tls/index.ts';
import { imageConfiguration } from '../tools/image/contents.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const mostReadyMs = 60_000;

const { NODE_OPTIONS, MALLOC_ARENA_MAX } = imageConfiguration.environment;

/** What the image gives Node.js, and its C library, to live with less memory. */
export const imageOptions = { NODE_OPTIONS, MALLOC_ARENA_MAX };

export interface Compiled {
  /** What Node.js is given to run. */
  readonly main: string;
  readonly remove: () => void;
}

/** Within the checkout, since the packages are found from there. */
export function compile(): Compiled {
  const folder = mkdtempSync(join(root, 'node_modules', '.podiam-bench-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module","version":"0.0.0"}');
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')], { cwd: root, stdio: 'inherit' });
  return { main: join(folder, 'dist', 'cli', 'main.js'), remove: () => rmSync(folder, { recursive: true }) };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Waits until the address answers 200. */
export async function becomesReady(url: string): Promise<void> {
  const giveUp = performance.now() + mostReadyMs;
  for (;;) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (performance.now() > giveUp) throw new Error(`${url} did not become ready`);
    await wait(10);
  }
}

export interface WebhookFiles {
  readonly cert: string;
  readonly key: string;
  readonly kubeconfig: string;
}

/** What a webhook is given as files: a certificate for loopback, and a kubeconfig for an API server that asks nobody. */
export async function writeWebhookFiles(folder: string, apiPort: number): Promise<WebhookFiles> {
  const names = { commonName: 'bench', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const { privateKey, certificate } = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  writeFileSync(cert, certificate);
  writeFileSync(key, privateKey, { mode: 0o600 });
  const kubeconfig = {
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server: `http://127.0.0.1:${apiPort}` } }],
    users: [{ name: 'bench', user: {} }],
  };
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  return { cert, key, kubeconfig: join(folder, 'kubeconfig') };
}
