// The whole story on a real node: a cluster's pods get short-lived identities of a platform that believes the cluster.
// Webhook and platform run as pods of Podiam's own image, applications with the unchanged AWS SDK.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../../src/core/injection/index.ts';
import { annotate, tryPod } from '../pods.ts';
import { useNodeCluster } from '../use-cluster.ts';
import { type Application, applicationPod, phaseOf, programPod, told } from './applications.ts';
import { describeRolling } from './describe-rolling.ts';
import {
  importPodiam,
  installPodiam,
  untilRolledOut,
  webhookName,
  webhookNamespace,
  webhookPods,
} from './installed.ts';
import {
  gatewayUrl,
  makeRole,
  openTenant,
  registerCluster,
  sessionsOf,
  startPlatform,
  stsUrl,
  type Tenant,
} from './platform.ts';
import { applicationImage, packApplication } from './programs.ts';

const cluster = useNodeCluster();
const patience = { timeout: 90_000, interval: 300 };
const audiences = ['vultr', 'sts.amazonaws.com'];
const roleName = 'my-app';
const vultrToken = '/var/run/secrets/vultr.com/serviceaccount/token';
const amazonToken = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';
const region = { name: 'AWS_REGION', value: 'us-east-1' };
const computeApi = { name: 'COMPUTE_API_URL', value: gatewayUrl };
const ownEndpoint = { name: 'AWS_ENDPOINT_URL_STS', value: `${stsUrl}/v2/assumed-roles/compatibility/aws/sts` };

let tenant: Tenant | undefined;
let issuer = '';
let roleArn = '';

beforeAll(async () => {
  const imported = [importPodiam(cluster()), cluster().importImage(applicationImage, packApplication())];
  await cluster().createNamespace('dev');
  // Once the webhook is there, it lets nobody write this down.
  await annotate(cluster(), 'dev', 'stranger', { 'vultr.com/role-arn': 'no ARN at all' });
  await Promise.all(imported);
  const flags = ['--profile=vultr', '--profile=aws', '--tls=self', '--failure-policy=Fail', '--on-refusal=deny'];
  const config = join(cluster().folder, 'podiam.yaml');
  await writeFile(config, JSON.stringify({ profiles: [{ name: 'vultr', 'sts-endpoint': stsUrl }] }));
  await installPodiam(cluster(), [...flags, `--config=${config}`]);
  await startPlatform(cluster());
  tenant = await openTenant(cluster());
  issuer = await registerCluster(cluster(), tenant, audiences);
  const serviceAccounts = ['vultr-app', 'amazon-app'];
  roleArn = await makeRole(tenant, { name: roleName, issuer, namespace: 'dev', serviceAccounts, audiences });
  await untilRolledOut(cluster(), webhookNamespace, webhookName);
  await annotate(cluster(), 'dev', 'vultr-app', { 'vultr.com/role-arn': roleArn });
  await annotate(cluster(), 'dev', 'amazon-app', { 'eks.amazonaws.com/role-arn': roleArn });
});

function platform(): Tenant {
  if (!tenant) throw new Error('the platform runs while tests do');
  return tenant;
}

interface Case extends Application {
  readonly title: string;
  readonly audience: string;
  /** All of the container's variables that begin with AWS_, with the role's left out. */
  readonly variables: Readonly<Record<string, string>>;
  readonly file: Readonly<Record<string, unknown>>;
  readonly mount: { readonly name: string; readonly mountPath: string };
}

const plain = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const vultrMount = { name: 'vultr-irsa-token', mountPath: dirname(vultrToken) };
const vultrVariables = {
  AWS_WEB_IDENTITY_TOKEN_FILE: vultrToken,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_STS_REGIONAL_ENDPOINTS: 'regional',
  AWS_ENDPOINT_URL_STS: stsUrl,
};

// Whose the file is, is the kubelet's to decide: the user's, where all containers have the same, else the group's.
const cases: readonly Case[] = [
  {
    title: 'Vultr’s annotation, in the example’s pod as it is: its user owns the token alone',
    name: 'vultr',
    serviceAccount: 'vultr-app',
    audience: 'vultr',
    environment: [computeApi],
    variables: vultrVariables,
    file: { path: vultrToken, uid: 1000, mode: '600' },
    mount: vultrMount,
  },
  {
    title: 'Vultr’s annotation, with an fsGroup: the token is the group’s to read',
    name: 'vultr-group',
    serviceAccount: 'vultr-app',
    audience: 'vultr',
    environment: [computeApi],
    securityContext: { runAsNonRoot: true, runAsUser: 1234, fsGroup: 2345 },
    containerSecurityContext: plain,
    variables: vultrVariables,
    file: { path: vultrToken, gid: 2345, mode: '640' },
    mount: vultrMount,
  },
  {
    title: 'Amazon’s annotation, with region and endpoint of the pod’s own, which stay, run as root',
    name: 'amazon',
    serviceAccount: 'amazon-app',
    audience: 'sts.amazonaws.com',
    environment: [computeApi, region, ownEndpoint],
    containerSecurityContext: {},
    variables: {
      AWS_WEB_IDENTITY_TOKEN_FILE: amazonToken,
      AWS_REGION: region.value,
      AWS_ENDPOINT_URL_STS: ownEndpoint.value,
    },
    file: { path: amazonToken, uid: 0, mode: '644' },
    mount: { name: 'aws-iam-token', mountPath: dirname(amazonToken) },
  },
];

const seenShape = z.object({
  variables: z.record(z.string(), z.string()),
  file: z.record(z.string(), z.unknown()),
  claims: z.looseObject({ iat: z.number(), exp: z.number() }),
});
const reportShape = z.object({ step: z.string(), arn: z.string().optional(), status: z.number().optional() });

const create = (pod: JsonObject) => cluster().api.create('/api/v1/namespaces/dev/pods', pod);

test('Podiam runs as the Deployment that is printed: both pods ready, and asked by the API server through their Service', async () => {
  const pods = await webhookPods(cluster());
  expect(pods.map(({ isReady, restarts }) => ({ isReady, restarts }))).toEqual(
    Array.from({ length: 2 }, () => ({ isReady: true, restarts: 0 })),
  );
  const probe = applicationPod({ name: 'probe', serviceAccount: 'stranger', environment: [] });
  await expect
    .poll(async () => (await tryPod(cluster(), 'dev', probe)).body, patience)
    .toMatchObject({ code: 403, message: expect.stringContaining('no ARN at all') });
});

describe('an application with the unchanged AWS SDK, by', () => {
  beforeAll(async () => {
    for (const each of cases) await create(applicationPod(each));
  });

  test.each(cases)('$title', async ({ audience, file, mount, name, serviceAccount, variables }) => {
    await expect.poll(() => phaseOf(cluster(), 'dev', name), patience).toMatch(/Succeeded|Failed/);

    expect(await cluster().api.get(`/api/v1/namespaces/dev/pods/${name}`)).toMatchObject({
      spec: {
        containers: ['app', 'look'].map((container) => ({
          name: container,
          volumeMounts: expect.arrayContaining([{ ...mount, readOnly: true }]),
        })),
      },
    });
    const [seen] = (await told(cluster(), 'dev', name, 'look')).map((line) => seenShape.parse(line));
    expect(seen?.variables).toEqual({ ...variables, AWS_ROLE_ARN: roleArn });
    expect(seen?.file).toMatchObject(file);
    expect(seen?.claims).toMatchObject({
      iss: issuer,
      aud: [audience],
      sub: `system:serviceaccount:dev:${serviceAccount}`,
      'kubernetes.io': {
        namespace: 'dev',
        pod: { name },
        node: { name: 'node1' },
        serviceaccount: { name: serviceAccount },
      },
    });
    expect((seen?.claims.exp ?? 0) - (seen?.claims.iat ?? 0)).toBe(86_400);

    const reports = (await told(cluster(), 'dev', name, 'app')).map((line) => reportShape.parse(line));
    const assumed = `arn:aws:sts::${platform().accountId}:assumed-role/${roleName}/`;
    expect(reports).toEqual([
      { step: 'identity', arn: expect.stringContaining(assumed) },
      { step: 'allowed', status: 200 },
      { step: 'refused', status: 403 },
      { step: 'tampered', status: 403 },
    ]);

    const sessions = await sessionsOf(platform());
    expect(sessions.filter(({ pod }) => pod?.pod === name)).toEqual([
      { role_arn: roleArn, pod: { pod: name, node: 'node1' } },
    ]);
  });
});

const heldShape = z.union([
  z.object({ token: z.string(), arns: z.array(z.string()) }),
  z.object({ failure: z.string() }),
]);
const held = async (pod: string) => (await told(cluster(), 'dev', pod, 'app')).map((line) => heldShape.parse(line));

/** Each token's line tells two ARNs, of the kept client and of a new one; no call has failed. */
function expectCalls(lines: Awaited<ReturnType<typeof held>>): void {
  const assumed = expect.stringContaining(`:assumed-role/${roleName}/`);
  expect(lines).toEqual(lines.map(() => ({ token: expect.any(String), arns: [assumed, assumed] })));
}

test('the kubelet puts a new token in the old one’s place, and the application goes on without a failure', async () => {
  await create(programPod('lasting', 'vultr-app', 'keep-calling.mjs'));
  await expect.poll(async () => (await held('lasting')).length, patience).toBe(1);
  // It keeps tokens in memory: one that has just started asks for new ones, as one does when they grow old.
  await cluster().restartKubelet();
  await expect.poll(async () => (await held('lasting')).length, patience).toBe(2);
  expectCalls(await held('lasting'));
  await cluster().api.delete('/api/v1/namespaces/dev/pods/lasting');
});

// At its own time: after four fifths of the ten minutes that are the least.
if (process.env['PODIAM_TEST_LONG'] !== undefined) {
  test('the same when the token has grown old', { timeout: 700_000 }, async () => {
    const annotations = { 'vultr.com/token-expiration': '600' };
    await cluster().api.merge('/api/v1/namespaces/dev/serviceaccounts/vultr-app', { metadata: { annotations } });
    await create(programPod('short-lived', 'vultr-app', 'keep-calling.mjs'));
    await expect.poll(async () => (await held('short-lived')).length, { timeout: 600_000, interval: 5_000 }).toBe(2);
    expectCalls(await held('short-lived'));
  });
}

describeRolling(cluster, 'dev', { injected: 'vultr-app', refused: 'stranger' });
