// A Secret and a webhook configuration as an API server keeps them: resourceVersions, 409 on a stale one, watches that
// tell each replica after its own delay.
import type {
  CertificatePorts,
  KeepCertificatesSettings,
  StoredSecret,
  WebhookConfiguration,
  WriteOutcome,
} from '../../../src/features/certificates/index.ts';
import { type RunningServer, serve } from '../../../src/io/http/index.ts';

export const dayMs = 86_400_000;

export const settings: KeepCertificatesSettings = {
  names: { commonName: 'podiam', dnsNames: ['localhost', 'podiam.podiam-system.svc'], ipAddresses: ['127.0.0.1'] },
  caLifetime: 90 * dayMs,
  leafLifetime: 10 * dayMs,
  settle: 400,
  retry: 50,
};

class Kept<Value> {
  value: Value | undefined;
  version = 0;
  writes = 0;
  forbidden: 'nothing' | 'writing' | 'all' = 'nothing';
  readonly #watchers = new Map<() => void, number>();

  constructor(value?: Value) {
    this.value = value;
  }

  get resourceVersion(): string {
    return String(this.version);
  }

  /** What somebody else does. */
  set(value: Value | undefined): void {
    this.value = value;
    this.version += 1;
    for (const [changed, delay] of this.#watchers) setTimeout(changed, delay);
  }

  write(value: Value, resourceVersion: string | undefined): WriteOutcome {
    if (this.forbidden !== 'nothing') return 'forbidden';
    if (resourceVersion !== (this.value === undefined ? undefined : this.resourceVersion)) return 'conflict';
    this.writes += 1;
    this.set(value);
    return 'written';
  }

  watch(changed: () => void, delay: number): () => void {
    this.#watchers.set(changed, delay);
    return () => this.#watchers.delete(changed);
  }
}

export class Cluster {
  readonly secret = new Kept<Readonly<Record<string, string>>>({});
  readonly caBundles = new Kept<readonly string[]>(['', '']);
  /** Added to the real time by every replica that has no clock of its own. */
  clockOffset = 0;
  isDown = false;

  /** What an API server trusts at this moment. */
  get caBundle(): string {
    return this.caBundles.value?.[0] ?? '';
  }

  async #answer(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    if (this.isDown) throw new Error('the API server is away');
  }

  ports(watchDelay: number): Omit<CertificatePorts, 'serve' | 'log'> {
    const { secret, caBundles } = this;
    return {
      readSecret: async () => {
        await this.#answer();
        if (secret.forbidden === 'all') return 'forbidden';
        const { value: data, resourceVersion } = secret;
        return data === undefined ? 'missing' : ({ data, resourceVersion } satisfies StoredSecret);
      },
      writeSecret: async (data, resourceVersion) => {
        await this.#answer();
        return secret.write({ ...secret.value, ...data }, resourceVersion);
      },
      readConfiguration: async () => {
        await this.#answer();
        if (caBundles.forbidden === 'all') return 'forbidden';
        const { value, resourceVersion } = caBundles;
        return value === undefined ? 'missing' : ({ caBundles: value, resourceVersion } satisfies WebhookConfiguration);
      },
      writeCaBundle: async (caBundle, resourceVersion) => {
        await this.#answer();
        return caBundles.write([caBundle, caBundle], resourceVersion);
      },
      mayWriteCaBundle: async () => {
        await this.#answer();
        return caBundles.forbidden === 'nothing';
      },
      onSecretChanged: (changed) => secret.watch(changed, watchDelay),
      onConfigurationChanged: (changed) => caBundles.watch(changed, watchDelay),
      now: () => Date.now() + this.clockOffset,
      elapsed: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    };
  }
}

/** A server whose certificate is swapped as the port asks; it listens once there is one. */
export class Replica {
  server: RunningServer | undefined;
  served = 0;

  async serve(tls: { key: string; cert: string }): Promise<void> {
    this.served += 1;
    if (this.server) return this.server.setTls(tls);
    const handler = () => ({ status: 200, headers: {}, body: 'served' });
    this.server = await serve({ host: '127.0.0.1', port: 0, tls, handler });
  }

  get port(): number {
    return this.server?.port ?? 0;
  }

  async close(): Promise<void> {
    await this.server?.close({ graceMs: 0 });
  }
}

/** Waits generously for what must come to be. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 10) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain until ${what}`);
}
