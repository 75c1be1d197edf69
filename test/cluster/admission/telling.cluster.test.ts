// What people see of admission: warnings at once, events afterwards, and nothing of what was only tried.
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
  for (const namespace of ['tried', 'done']) {
    await cluster().createNamespace(namespace);
    await annotate(cluster(), namespace, 'web', nonsense);
  }
  webhook = await installWebhook(cluster(), { install: ['--profile=aws'] });
});
afterAll(() => webhook?.uninstall());

const eventsShape = z.object({
  items: z.array(
    z.object({ type: z.string(), reason: z.string(), note: z.string(), regarding: z.object({ name: z.string() }) }),
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
});
