// What people see of admission: warnings at once, events afterwards, and nothing of what was only tried, or only said.
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { annotate, annotations, notInjected, pod, rolesIn } from '../pods.ts';
import { useCluster } from '../use-cluster.ts';
import { type InstalledWebhook, installWebhook } from '../webhook.ts';

const cluster = useCluster();
let webhook: InstalledWebhook | undefined;

const nonsense = { 'eks.amazonaws.com/role-arn': 'arn:nonsense' };

beforeAll(async () => {
  // Accounts from before the webhook was there: nobody has been told of them yet.
  for (const namespace of ['tried', 'done', 'forged']) {
    await cluster().createNamespace(namespace);
    await annotate(cluster(), namespace, 'web', nonsense);
  }
  webhook = await installWebhook(cluster(), { install: ['--profile=aws'] });
});
afterAll(() => webhook?.uninstall());

const eventsShape = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      reason: z.string(),
      note: z.string(),
      regarding: z.object({ name: z.string(), uid: z.string() }),
    }),
  ),
});
/** Ours: a cluster with nodes tells of much else. */
const eventsIn = async (namespace: string) => {
  const ours = `fieldSelector=${encodeURIComponent('reportingController=podiam.dev/webhook')}`;
  return eventsShape.parse(await cluster().api.get(`/apis/events.k8s.io/v1/namespaces/${namespace}/events?${ours}`))
    .items;
};

const serviceAccount = (namespace: string, given: Readonly<Record<string, string>>) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'web', namespace, annotations: given },
  });

test('kubectl shows a warning on a service account whose role cannot be one, and takes it all the same', async () => {
  await cluster().createNamespace('warned');
  const { code, stderr, stdout } = await cluster().kubectl(['apply', '-f', '-'], serviceAccount('warned', nonsense));
  expect(code).toBe(0);
  expect(stdout).toContain('serviceaccount/web created');
  expect(stderr).toMatch(/^Warning: .*arn:nonsense/m);
});

test('kubectl shows nothing where nothing is wrong', async () => {
  await cluster().createNamespace('unwarned');
  const { code, stderr } = await cluster().kubectl(['apply', '-f', '-'], serviceAccount('unwarned', annotations));
  expect(code).toBe(0);
  expect(stderr).toBe('');
});

test('a refusal is shown by kubectl and told as an event, and --dry-run=server has no side effect', async () => {
  const create = (namespace: string, ...flags: string[]) =>
    cluster().kubectl(['create', '-n', namespace, '-o', 'json', ...flags, '-f', '-'], JSON.stringify(pod('p', 'web')));
  const tried = await create('tried', '--dry-run=server');
  const done = await create('done');
  for (const { code, stderr, stdout } of [tried, done]) {
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: .*arn:nonsense/m);
    expect(rolesIn(JSON.parse(stdout))).toEqual({ app: notInjected });
  }
  await expect.poll(async () => (await eventsIn('done')).length, { timeout: 20_000 }).toBe(1);
  const [event] = await eventsIn('done');
  expect(event).toMatchObject({ type: 'Warning', regarding: { name: 'web' } });
  expect(event?.note).toContain('arn:nonsense');
  expect(await eventsIn('tried')).toEqual([]);
  const described = await cluster().kubectl(['describe', 'serviceaccount', 'web', '-n', 'done']);
  expect(described.stdout).toMatch(/Warning\s+RoleRefused\s.*podiam\.dev\/webhook.*arn:nonsense.*is no role\. Write /);
});

/** What `kubectl describe` shows is found by the account's uid, which an account under creation does not have yet. */
test('a service account that is written with a role that cannot be one is told of once it is there, without any pod', async () => {
  const namespace = 'written';
  await cluster().createNamespace(namespace);
  await cluster().kubectl(['apply', '-f', '-'], serviceAccount(namespace, nonsense));
  await expect.poll(async () => (await eventsIn(namespace)).length, { timeout: 20_000 }).toBe(1);
  const { stdout: uid } = await cluster().kubectl([
    'get',
    'serviceaccount',
    'web',
    '-n',
    namespace,
    '-o',
    'jsonpath={.metadata.uid}',
  ]);
  expect(await eventsIn(namespace)).toMatchObject([{ reason: 'RoleRefused', regarding: { name: 'web', uid } }]);
});

/** As anyone on the network of the pods can ask. */
function forge(namespace: string, name: string, value: string): Promise<number | undefined> {
  const object = { metadata: { namespace, name, annotations: { 'eks.amazonaws.com/role-arn': value } } };
  const request = { uid: 'u', kind: { kind: 'ServiceAccount' }, operation: 'CREATE', namespace, name, object };
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', rejectUnauthorized: false, headers };
  return new Promise((resolve, reject) => {
    const url = `https://127.0.0.1:${webhook?.replicas[0]?.port}/mutate`;
    const outgoing = httpsRequest(url, options, (incoming) => resolve(incoming.resume().statusCode));
    outgoing.on('error', reject).end(body);
  });
}

test('A18 what a stranger says of accounts is told nowhere, and silences nothing', async () => {
  for (let index = 0; index < 40; index += 1) {
    expect(await forge('kube-system', `victim-${index}`, 'arn:call-me')).toBe(200);
  }
  expect(await forge('forged', 'web', 'arn:call-me')).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  expect([await eventsIn('kube-system'), await eventsIn('forged')]).toEqual([[], []]);
  await cluster().kubectl(['create', '-n', 'forged', '-f', '-'], JSON.stringify(pod('p', 'web')));
  await expect.poll(async () => (await eventsIn('forged')).length, { timeout: 20_000 }).toBe(1);
  expect((await eventsIn('forged'))[0]?.note).not.toContain('call-me');
});
