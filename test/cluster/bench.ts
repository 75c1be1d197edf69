// `npm run bench:cluster`: 2,000 pods created through a real API server with the webhook, and as many without it, by
// turns: what the webhook adds to how long a creation takes.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type OwnCluster, startCluster } from './cluster.ts';
import { annotate, pod } from './pods.ts';
import { installWebhook } from './webhook.ts';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '2000' },
    clients: { type: 'string', default: '4' },
    output: { type: 'string', default: 'text' },
  },
});
const pods = Number(values.pods);
const clients = Number(values.clients);
const rounds = 10;

/** Milliseconds of each creation. */
async function create({ api }: OwnCluster, namespace: string, names: readonly string[]): Promise<readonly number[]> {
  const left = [...names];
  const took: number[] = [];
  const work = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const object = pod(name, 'web');
      const startedAt = performance.now();
      await api.create(`/api/v1/namespaces/${namespace}/pods`, object);
      took.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: clients }, () => work()));
  return took;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function summary(took: readonly number[]) {
  const sorted = [...took].sort((a, b) => a - b);
  const rounded = (ms: number) => Math.round(ms * 100) / 100;
  return { pods: took.length, p50: rounded(quantile(sorted, 0.5)), p99: rounded(quantile(sorted, 0.99)) };
}

const cluster = await startCluster();
const webhook = await installWebhook(cluster, { install: ['--profile=aws', '--failure-policy=Fail'] });
const sides = { without: { 'podiam.dev/webhook': 'disabled' }, with: {} };
for (const [namespace, labels] of Object.entries(sides)) {
  await cluster.createNamespace(namespace, labels);
  await annotate(cluster, namespace, 'web');
  // Connections, caches and compiled code are there before anything is measured.
  await create(
    cluster,
    namespace,
    Array.from({ length: 100 }, (_, index) => `warm-${index}`),
  );
}
const took: { readonly without: number[]; readonly with: number[] } = { without: [], with: [] };
for (let round = 0; round < rounds; round += 1) {
  const names = Array.from({ length: pods / rounds }, (_, index) => `p-${round}-${index}`);
  took.without.push(...(await create(cluster, 'without', names)));
  took.with.push(...(await create(cluster, 'with', names)));
}
const decided = await Promise.all(webhook.replicas.map((replica) => webhook.metric(replica, /outcome="injected"/)));
const injected = decided.reduce((sum, count) => sum + count, 0);
const result = {
  kubernetes: cluster.version,
  processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
  clients,
  without: summary(took.without),
  with: summary(took.with),
  injected,
};
const added = (name: 'p50' | 'p99') => (result.with[name] - result.without[name]).toFixed(2);
process.stdout.write(
  values.output === 'json'
    ? `${JSON.stringify(result)}\n`
    : [
        `creation of a pod, ms (Kubernetes ${result.kubernetes}, ${clients} clients at once, ${result.processors})`,
        '             p50      p99',
        ...(['without', 'with'] as const).map(
          (side) =>
            `${side.padEnd(8)} ${result[side].p50.toFixed(2).padStart(7)}  ${result[side].p99.toFixed(2).padStart(7)}`,
        ),
        `added    ${added('p50').padStart(7)}  ${added('p99').padStart(7)}`,
        '',
      ].join('\n'),
);
if (injected < pods) throw new Error(`only ${injected} pods were injected`);
await webhook.uninstall();
await cluster.stop();
process.exit(0);
