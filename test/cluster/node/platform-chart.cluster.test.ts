// The platform on a node as the chart installs it: two replicas over PostgreSQL beside the webhook, which are rolled,
// killed and cut off from their database, and pods with the unchanged AWS SDK that get their credentials there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../../src/core/injection/index.ts';
import { annotate } from '../pods.ts';
import { useNodeCluster } from '../use-cluster.ts';
import { phaseOf, programPod, told } from './applications.ts';
import { importPodiam, kubectl, untilRolledOut } from './installed.ts';
import { makeRole, registerCluster, sessionsOf, type Tenant } from './platform.ts';
import { applicationImage, packApplication } from './programs.ts';
import {
  bothParts,
  followPage,
  helm,
  killReplica,
  onVolume,
  openTenant,
  operate,
  type Prepared,
  platformName,
  prepare,
  release,
  releaseNamespace,
  replicas,
  storageClass,
  uninstall,
} from './released-platform.ts';

const cluster = useNodeCluster();
const patience = { timeout: 90_000, interval: 300 };

let prepared: Prepared | undefined;
let tenant: Tenant | undefined;

const given = () => {
  if (!prepared || !tenant) throw new Error('the platform runs while tests do');
  return { ...prepared, tenant };
};

beforeAll(async () => {
  const imported = [importPodiam(cluster()), cluster().importImage(applicationImage, packApplication())];
  await cluster().createNamespace('dev');
  prepared = await prepare(cluster());
  await Promise.all(imported);
  await release(cluster(), 'install', bothParts);
  tenant = await openTenant(cluster(), prepared);
});

afterAll(() => prepared?.database.remove());

const sound = { isReady: true, restarts: 0 };
const states = async () => (await replicas(cluster())).map(({ isReady, restarts }) => ({ isReady, restarts }));

const slicesShape = z.object({
  items: z.array(z.object({ endpoints: z.array(z.object({ addresses: z.array(z.string()) })) })),
});

/** The addresses of the pods that a Service leads to. */
async function behind(name: string): Promise<readonly string[]> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${releaseNamespace}/endpointslices`;
  const { items } = slicesShape.parse(
    await cluster().api.get(`${path}?labelSelector=kubernetes.io%2Fservice-name%3D${name}`),
  );
  return items.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)).sort();
}

test('both replicas are ready, the platform’s Services lead to them, and the webhook’s does not', async () => {
  expect(await states()).toEqual([sound, sound]);
  const addresses = (await replicas(cluster())).map(({ address }) => address).sort();
  expect(await behind(platformName)).toEqual(addresses);
  expect(await behind(`${platformName}-metrics`)).toEqual(addresses);
  const webhooks = await behind('podiam-webhook');
  expect(webhooks).toHaveLength(1);
  expect(addresses).not.toContain(webhooks[0]);
});

test('helm test asks both parts', async () => {
  expect((await helm(cluster(), ['test', 'podiam', '--timeout=90s'])).match(/Phase:\s+Succeeded/g)).toHaveLength(2);
});

test('the schema is what the program wants, as the operator’s command says in a pod', async () => {
  expect(await operate(cluster(), 'platform migrate --check')).toContain('the one that this version of Podiam uses');
});

const role = { name: 'my-app', namespace: 'dev', serviceAccounts: ['my-app'], audiences: ['podiam'] };
const authorityFolder = '/etc/authority';

/** It calls without an end, with a client that keeps its credentials and with one that exchanges its token each time. */
function lastingPod(): JsonObject {
  const plain = z
    .looseObject({ spec: z.looseObject({ containers: z.tuple([z.looseObject({})]) }) })
    .parse(programPod('lasting', 'my-app', 'keep-calling.mjs'));
  const [container] = plain.spec.containers;
  const trusting = {
    ...container,
    imagePullPolicy: 'Never',
    env: [{ name: 'NODE_EXTRA_CA_CERTS', value: `${authorityFolder}/ca.crt` }],
    volumeMounts: [{ name: 'authority', mountPath: authorityFolder }],
  };
  const volumes = [{ name: 'authority', configMap: { name: 'authority' } }];
  return { ...plain, spec: { ...plain.spec, containers: [trusting], volumes } };
}

const lineShape = z.union([
  z.object({ token: z.string(), arns: z.array(z.string()) }),
  z.object({ failure: z.string() }),
]);
const lines = async () => (await told(cluster(), 'dev', 'lasting', 'app')).map((line) => lineShape.parse(line));

test('a pod that the webhook injects exchanges its token at the platform’s Service, over TLS', async () => {
  const { certificate, tenant } = given();
  const issuer = await registerCluster(cluster(), tenant, ['podiam']);
  const arn = await makeRole(tenant, { ...role, issuer });
  await cluster().api.create('/api/v1/namespaces/dev/configmaps', {
    metadata: { name: 'authority' },
    data: { 'ca.crt': certificate.caCertificate },
  });
  await annotate(cluster(), 'dev', 'my-app', { 'podiam.dev/role-arn': arn });
  await cluster().api.create('/api/v1/namespaces/dev/pods', lastingPod());
  await expect.poll(() => phaseOf(cluster(), 'dev', 'lasting'), patience).toBe('Running');
  await expect.poll(async () => (await lines()).length, patience).toBe(1);
  const assumed = expect.stringContaining(`arn:aws:sts::${tenant.accountId}:assumed-role/${role.name}/`);
  expect(await lines()).toEqual([{ token: expect.any(String), arns: [assumed, assumed] }]);
  expect(await sessionsOf(tenant)).toContainEqual({ role_arn: arn, pod: { pod: 'lasting', node: 'node1' } });
});

const auditShape = z.looseObject({
  action: z.literal('sts:AssumeRoleWithWebIdentity'),
  outcome: z.literal('allowed'),
  source_address: z.string(),
});
const addressShape = z.object({ status: z.object({ podIP: z.string() }) });

test('the audit record is on the pods’ standard output, too, and knows the caller’s own address', async () => {
  const ofPlatform = `--selector=app.kubernetes.io/instance=${platformName}`;
  const log = await kubectl(cluster(), ['logs', `--namespace=${releaseNamespace}`, ofPlatform, '--tail=-1']);
  const exchanges = log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => auditShape.safeParse(JSON.parse(line)))
    .filter(({ success }) => success);
  const { status } = addressShape.parse(await cluster().api.get('/api/v1/namespaces/dev/pods/lasting'));
  expect(exchanges.length).toBeGreaterThan(0);
  expect(exchanges.map(({ data }) => data?.source_address)).toEqual(exchanges.map(() => status.podIP));
});

const newest = z.object({ sessions: z.array(z.object({ id: z.string() })) });
const newestSession = async () =>
  newest.parse(await given().tenant.call('GET', '/v2/sessions?per_page=1')).sessions[0]?.id;

/** The application goes on being given sessions, whatever it is that happens. */
async function servedThrough(happening: () => Promise<unknown>): Promise<void> {
  const before = await newestSession();
  await happening();
  await expect.poll(newestSession, patience).not.toBe(before);
}

const nothing = () => Promise.resolve();

test('F29 rolled, it serves without a break: the application sees no call fail', async () => {
  const before = (await replicas(cluster())).map(({ name }) => name);
  await kubectl(cluster(), ['rollout', 'restart', `deployment/${platformName}`, `--namespace=${releaseNamespace}`]);
  await untilRolledOut(cluster(), releaseNamespace, platformName);
  const pods = async () =>
    (await kubectl(cluster(), ['get', 'pods', '--output=name', `--namespace=${releaseNamespace}`])).split('\n');
  await expect
    .poll(async () => (await pods()).filter((pod) => before.some((name) => pod.endsWith(name))), patience)
    .toEqual([]);
  await servedThrough(nothing);
  expect(await lines()).toHaveLength(1);
});

test('F29 one of two replicas killed: sessions are given by the other, and it comes back by itself', async () => {
  await servedThrough(() => killReplica(cluster()));
  const known = [sound, { ...sound, restarts: 1 }];
  await expect.poll(async () => (await states()).toSorted((a, b) => a.restarts - b.restarts), patience).toEqual(known);
  // What was under way may have failed: nothing does any more.
  const before = await lines();
  await servedThrough(nothing);
  expect(await lines()).toEqual(before);
});

test('without its database it is not ready and goes on living; with it, it serves again by itself', async () => {
  const { database } = given();
  const before = await states();
  await database.cutOff();
  await expect.poll(states, patience).toEqual(before.map((state) => ({ ...state, isReady: false })));
  await database.reconnect();
  await expect.poll(states, patience).toEqual(before);
  await servedThrough(nothing);
});

test('uninstalled, it leaves the Secrets that were there before, and nothing of its own', async () => {
  await cluster().api.delete('/api/v1/namespaces/dev/pods/lasting');
  await uninstall(cluster());
  const kinds = 'deployments,services,secrets,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets';
  const left = await kubectl(cluster(), ['get', kinds, '--output=name', `--namespace=${releaseNamespace}`]);
  expect(left.trim().split('\n').sort()).toEqual([
    'configmap/kube-root-ca.crt',
    'secret/database',
    'secret/keys',
    `secret/${platformName}-tls`,
    'serviceaccount/default',
  ]);
});

/** A folder of the node, given to whoever claims it. */
async function offerVolume(): Promise<void> {
  const path = '/var/lib/accounts';
  expect((await cluster().onNode(['mkdir', path])).code).toBe(0);
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: ['node1'] };
  await cluster().api.create('/api/v1/persistentvolumes', {
    metadata: { name: 'accounts' },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: storageClass,
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  });
}

test('on SQLite an account outlives the pod, and the release: the next one of its name takes the volume up again', async () => {
  await offerVolume();
  await release(cluster(), 'install', onVolume);
  expect(await states()).toEqual([sound]);
  await operate(cluster(), 'platform account create --name lasting');
  const accounts = () => operate(cluster(), 'platform account list');
  const before = await accounts();
  expect(before).toMatch(/^\d{12} .* lasting\n$/);

  const [first] = await replicas(cluster());
  const changed = { ...onVolume, platform: { ...onVolume.platform, settings: { 'log-level': 'debug' } } };
  await release(cluster(), 'upgrade', changed);
  expect((await replicas(cluster())).map(({ name }) => name)).not.toContain(first?.name);
  expect(await accounts()).toBe(before);

  await uninstall(cluster());
  await release(cluster(), 'install', onVolume);
  expect(await accounts()).toBe(before);
  await uninstall(cluster());
});

test('the commands of docs/platform.md, as they stand, install it in an empty namespace and open an account', async () => {
  await kubectl(cluster(), ['delete', 'namespace', releaseNamespace, '--timeout=90s']);
  const [installed = '', operated = ''] = await followPage(cluster(), given());
  expect(installed).toMatch(/Phase:\s+Succeeded/);
  expect(await states()).toEqual([sound, sound]);
  expect(operated).toMatch(/^Account \d{12} \(acme\) is open\.$/m);
  expect(operated).toMatch(/^ {2}export PODIAM_OPERATOR_KEY=\S+$/m);
});
