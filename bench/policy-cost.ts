// What admission policies cost a pod's creation, by the number of service accounts in its namespace, with a label that
// narrows them and without: `node bench/policy-cost.ts`, on an API server and etcd of its own (npm run test:cluster
// builds them). A dry run goes through all of admission and leaves out storage. The API server's processor time does not
// depend on what else the machine does; the three kinds of namespaces take turns all the same.
import { type PolicyOptions, policyObjects } from '../src/core/admission-policy/index.ts';
import { aws, settleProfile, vultr } from '../src/core/injection/index.ts';
import type { Api } from '../test/cluster/api.ts';
import { startCluster } from '../test/cluster/cluster.ts';
import { inGroup, installPolicies, serviceAccount, submitPod } from '../test/cluster/policies.ts';
import { currentSandbox, enterSandbox } from '../test/cluster/sandbox.ts';
import { taken } from '../test/core/injection/cases.ts';

const sizes = [10, 100, 1000];
const turns = 10;
const rounds = 6;
const settling = 5000;
const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/s3' };
const label = { key: 'podiam.dev/role', value: 'yes' };
const kinds = ['without', 'labelled', 'all'] as const;
type Kind = (typeof kinds)[number];

const pod = {
  metadata: { name: 'my-app', labels: { app: 'my-app' } },
  spec: {
    serviceAccountName: 'good',
    containers: ['app', 'proxy'].map((name) => ({ name, image: 'a', env: [{ name: 'MODE', value: 'x' }] })),
  },
};

/** Half of the accounts name a role; that of the pod has the label. */
async function fill(api: Api, namespace: string, kind: Kind, size: number): Promise<void> {
  await api.create('/api/v1/namespaces', { metadata: { name: namespace, labels: inGroup(kind) } });
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const good = serviceAccount('good', role);
  await api.create(accounts, { ...good, metadata: { ...good.metadata, labels: { [label.key]: label.value } } });
  const others = Array.from({ length: size - 1 }, (_, at) => serviceAccount(`a${at}`, at % 2 === 0 ? role : undefined));
  for (let at = 0; at < others.length; at += 20) {
    await Promise.all(others.slice(at, at + 20).map((account) => api.create(accounts, account)));
  }
}

/** Of the API server, in milliseconds. */
async function processorTime(api: Api): Promise<number> {
  const { body } = await api.call('/metrics');
  const [, seconds] = /^process_cpu_seconds_total (\S+)$/m.exec(String(body['text'])) ?? [];
  return Number(seconds) * 1000;
}

/** Milliseconds. */
async function timed(api: Api, namespace: string): Promise<number> {
  const before = performance.now();
  const { status } = await submitPod(api, namespace, pod, undefined);
  if (status !== 201) throw new Error(`a pod of ${namespace} was answered with ${status}`);
  return performance.now() - before;
}

function median(times: readonly number[]): string {
  return (times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0).toFixed(1);
}

async function measureSize(api: Api, size: number): Promise<string> {
  const columns = new Map(kinds.map((kind) => [kind, { times: new Array<number>(), spent: 0 }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [kind, column] of columns) {
      const before = await processorTime(api);
      for (let turn = 0; turn < turns; turn += 1) column.times.push(await timed(api, `${kind}-${size}`));
      column.spent += (await processorTime(api)) - before;
    }
  }
  const cells = [...columns.values()].map(
    ({ spent, times }) => `${(spent / times.length).toFixed(1)} (${median(times)})`,
  );
  return `| ${size} | ${cells.join(' | ')} |`;
}

async function measure(api: Api): Promise<void> {
  const profiles = [taken(settleProfile(vultr)), taken(settleProfile(aws))] as const;
  const options = { apiVersion: 'v1', failurePolicy: 'Ignore', onRefusal: 'warn', watchNamespaces: false } as const;
  const install = (group: Kind, serviceAccountLabel: PolicyOptions['serviceAccountLabel']) =>
    installPolicies(api, group, policyObjects({ profiles }, { ...options, serviceAccountLabel }));
  for (const size of sizes) for (const kind of kinds) await fill(api, `${kind}-${size}`, kind, size);
  await install('labelled', label);
  await install('all', undefined);
  await new Promise((resolve) => setTimeout(resolve, settling));
  process.stdout.write(
    'milliseconds of the API server’s processors for a pod, and in brackets the median time to the answer\n',
  );
  process.stdout.write(`| service accounts | ${kinds.join(' | ')} |\n`);
  for (const size of sizes) process.stdout.write(`${await measureSize(api, size)}\n`);
}

async function measureInside(): Promise<void> {
  const cluster = await startCluster();
  try {
    await measure(cluster.api);
  } finally {
    await cluster.stop();
  }
}

if (currentSandbox() === undefined) {
  process.exitCode = await enterSandbox([process.execPath, import.meta.filename]).finished;
} else {
  await measureInside();
}
