// What admission policies cost a pod's creation, by the number of service accounts in its namespace, with a label that
// narrows them and without: `node bench/policy-cost.ts`, on an API server and etcd of its own (npm run test:cluster
// builds them). A dry run goes through all of admission and leaves out storage; the three kinds of namespaces take
// turns, so that whatever else the machine does meets all of them alike.
import { type PolicyOptions, policyObjects } from '../src/core/admission-policy/index.ts';
import { aws, settleProfile, vultr } from '../src/core/injection/index.ts';
import type { Api } from '../test/cluster/api.ts';
import { startCluster } from '../test/cluster/cluster.ts';
import { inGroup, installPolicies, serviceAccount, submitPod } from '../test/cluster/policies.ts';
import { currentSandbox, enterSandbox } from '../test/cluster/sandbox.ts';
import { taken } from '../test/core/injection/cases.ts';

const sizes = [10, 100, 1000];
const turns = 100;
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

/** Milliseconds. */
async function timed(api: Api, namespace: string): Promise<number> {
  const before = performance.now();
  const { status } = await submitPod(api, namespace, pod, undefined);
  if (status !== 201) throw new Error(`a pod of ${namespace} was answered with ${status}`);
  return performance.now() - before;
}

function quantile(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
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
  for (const size of sizes) {
    const times: Record<Kind, number[]> = { without: [], labelled: [], all: [] };
    for (let turn = 0; turn < turns; turn += 1) {
      for (const kind of kinds) times[kind].push(await timed(api, `${kind}-${size}`));
    }
    const columns = kinds.map(
      (kind) => `${kind} p50 ${quantile(times[kind], 0.5)} p90 ${quantile(times[kind], 0.9)} ms`,
    );
    process.stdout.write(`${size} service accounts: ${columns.join(', ')}\n`);
  }
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
