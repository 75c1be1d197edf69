// What is fuzzed: the webhook's handler behind the server's sockets and TLS, in a process of its own.
import { builtInProfiles, settleProfile } from '../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../src/core/refusals/index.ts';
import { createAdmissionHandler } from '../../src/features/webhook/index.ts';
import { serve } from '../../src/io/http/index.ts';
import { createRandomBytes } from '../../src/io/random/index.ts';
import { selfSignedServer } from '../../src/io/tls/index.ts';
import type { accounts } from './corpus.ts';

export interface Told {
  readonly port: number;
  /** MiB, after garbage was collected. */
  readonly heap: number;
  readonly resident: number;
  /** Errors that no request may cause. */
  readonly errors: readonly string[];
}

const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/s3', 'podiam.dev/role-arn': 's3' };

const known: Partial<
  Record<(typeof accounts)[number], () => { readonly annotations: Readonly<Record<string, string>> }>
> = {
  web: () => ({ annotations: role }),
  bad: () => ({ annotations: { 'eks.amazonaws.com/role-arn': 'no role' } }),
  silent: () => ({ annotations: {} }),
  failing: () => {
    throw new Error('it cannot be read');
  },
};

function settled() {
  const profiles = builtInProfiles.map((profile) => {
    const settings = settleProfile(profile, { 'sts-endpoint': 'https://sts.example.com', region: 'ewr' });
    if (settings instanceof Refusal) throw new RefusedError(settings);
    return settings;
  });
  const [first, ...others] = profiles;
  if (first === undefined) throw new Error('there is no profile');
  return [first, ...others] as const;
}

const mib = (bytes: number) => bytes / 1024 / 1024;

/** Serves until the parent goes, and tells it what it asks for. Needs `--expose-gc`. */
export async function serveTarget(): Promise<void> {
  const names = { commonName: 'fuzz', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const { certificate, privateKey } = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const errors: string[] = [];
  const profiles = settled();
  const finders = new Map(Object.entries(known));
  const { port } = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { cert: certificate, key: privateKey },
    limits: { bodyBytes: 8 * 1024 * 1024 },
    onError: (error) => errors.push(String(error)),
    handler: createAdmissionHandler({
      config: () => ({ profiles }),
      onRefusal: 'warn',
      findServiceAccount: (_, name) => finders.get(name)?.(),
      findNamespace: (name) => (name === 'dev' ? { annotations: {} } : undefined),
      randomBytes: createRandomBytes(),
      log: () => {},
    }),
  });
  const tell = () => {
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    const told: Told = { port, heap: mib(heapUsed), resident: mib(rss), errors };
    process.send?.(told);
  };
  process.on('message', tell);
  process.on('disconnect', () => process.exit(0));
}
