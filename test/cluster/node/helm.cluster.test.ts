// The chart on a node: installed with both Helms, its pods run, its own test passes, and it goes without a trace.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packPodiam, podiamImage } from '../images.ts';
import { annotate, injected, pod, rolesIn, tryPod } from '../pods.ts';
import { runToEnd } from '../run.ts';
import { pathOf } from '../toolchain.ts';
import { useNodeCluster } from '../use-cluster.ts';

const cluster = useNodeCluster();
const chart = join(import.meta.dirname, '..', '..', '..', 'charts', 'podiam');
const values = [
  `--set=image=${podiamImage}`,
  '--set=imagePullPolicy=Never',
  '--set=profile={aws}',
  '--set=drainSeconds=0',
  // What keeps out whom it does not know, and closes the port: the chart's own test has to pass all the same.
  '--set=watchNamespaces=true',
  '--set=onFailure=deny',
  '--set=networkPolicy=true',
  '--set=apiServerCidr={10.0.0.0/8}',
];
const patience = { timeout: 60_000, interval: 300 };

beforeAll(async () => {
  await cluster().importImage(podiamImage, packPodiam());
  await cluster().createNamespace('dev');
  await annotate(cluster(), 'dev', 'web');
});

const roles = async () => rolesIn((await tryPod(cluster(), 'dev', pod('p', 'web'))).body);

describe.each(['helm3', 'helm4'] as const)('%s', (program) => {
  const helm = async (...args: string[]) => {
    const { folder, kubeconfig } = cluster();
    const environment = { ...process.env, HOME: join(folder, program), KUBECONFIG: kubeconfig };
    const command = [pathOf(program), ...args, '--namespace=podiam-system'];
    const { code, stderr, stdout } = await runToEnd(command, '', environment);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  test('install, and the webhook answers the API server through its Service', async () => {
    await helm('install', 'podiam', chart, ...values, '--create-namespace', '--wait', '--timeout=90s');
    await expect.poll(roles, patience).toEqual({ app: injected });
  });

  test('test: a pod of the cluster asks the webhook', async () => {
    const told = await helm('test', 'podiam', '--timeout=90s');
    expect(told).toMatch(/Phase:\s+Succeeded/);
  });

  test('upgrade to one replica, and pods are injected as before', async () => {
    await helm('upgrade', 'podiam', chart, ...values, '--set=replicas=1', '--wait', '--timeout=90s');
    expect(await roles()).toEqual({ app: injected });
  });

  test('uninstall, and pods are as they would be without', async () => {
    await helm('uninstall', 'podiam', '--wait', '--timeout=90s');
    await expect.poll(roles, patience).toEqual({ app: { role: '', hasToken: false } });
    const { code } = await cluster().kubectl(['delete', 'namespace', 'podiam-system', '--timeout=90s']);
    expect(code).toBe(0);
  });
});
