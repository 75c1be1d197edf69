// What the running webhook does when the control plane that it lives on goes, comes back, forgets, or changes its keys;
// and how replicas get from nothing to ready.
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { annotate, injected, pod, rolesIn, tryPod } from '../pods.ts';
import { useOwnCluster } from '../use-cluster.ts';
import { type InstalledWebhook, installWebhook } from '../webhook.ts';

const cluster = useOwnCluster();
const install = ['--profile=aws', '--failure-policy=Fail'];
let installed: InstalledWebhook | undefined;

function webhook(): InstalledWebhook {
  if (!installed) throw new Error('the webhook is installed first');
  return installed;
}

const patience = { timeout: 60_000 };
const outcomeIn = async (namespace: string, account = 'web') => {
  const { body, status } = await tryPod(cluster(), namespace, pod('p', account));
  return status === 201 ? rolesIn(body)['app'] : status;
};
const readiness = () =>
  Promise.all(webhook().replicas.map(async ({ metricsUrl }) => (await fetch(`${metricsUrl}/readyz`)).status));

const configurationShape = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string() }) })),
});
const caBundles = async () => {
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/podiam-webhook';
  const { webhooks } = configurationShape.parse(await cluster().api.get(path));
  return new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle));
};

beforeAll(async () => {
  installed = await installWebhook(cluster(), { install, replicas: 2 });
  await cluster().createNamespace('dev');
  await annotate(cluster(), 'dev', 'web');
});

test('F6 two replicas start at once from nothing: one authority, both ready, every call answered by either', async () => {
  expect(await readiness()).toEqual([200, 200]);
  expect(await caBundles()).toHaveProperty('size', 1);
  for (let call = 0; call < 10; call += 1) expect(await outcomeIn('dev')).toEqual(injected);
});

test('F1 the API server is killed and comes back: the webhook stays ready, and follows it again', async () => {
  await cluster().controlPlane.restartApiServer({ signal: 'SIGKILL' });
  expect(await readiness()).toEqual([200, 200]);
  await expect.poll(() => outcomeIn('dev'), patience).toEqual(injected);
  await annotate(cluster(), 'dev', 'after-restart');
  expect(await outcomeIn('dev', 'after-restart')).toEqual(injected);
});

test('the key that signs tokens is rotated: with the old one still believed, nothing is noticed', async () => {
  await cluster().controlPlane.rotateServiceAccountKey(true);
  await annotate(cluster(), 'dev', 'after-rotation');
  await expect.poll(() => outcomeIn('dev', 'after-rotation'), patience).toEqual(injected);
});

test('with the old key withdrawn, what is known is injected; a new token in its file is taken without a restart', async () => {
  await cluster().controlPlane.rotateServiceAccountKey(false);
  await expect.poll(() => outcomeIn('dev'), patience).toEqual(injected);
  await annotate(cluster(), 'dev', 'after-withdrawal');
  await webhook().renewTokens();
  await expect.poll(() => outcomeIn('dev', 'after-withdrawal'), patience).toEqual(injected);
});

test('etcd is emptied under the running webhook: installed again, it serves again, with no replica restarted', async () => {
  const pids = webhook().replicas.map(({ component }) => component.pid);
  await cluster().controlPlane.forgetEverything();
  await webhook().reinstall();
  await cluster().createNamespace('dev');
  await annotate(cluster(), 'dev', 'web');
  await expect.poll(() => outcomeIn('dev'), { timeout: 110_000 }).toEqual(injected);
  expect(
    webhook()
      .replicas.filter(({ component }) => component.isRunning())
      .map(({ component }) => component.pid),
  ).toEqual(pids);
});
