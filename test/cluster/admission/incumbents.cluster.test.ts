// The commands of docs/coming-from-vultr.md and docs/coming-from-amazon.md, run as they stand beside the objects of the
// webhook that is replaced, on a real API server. Nothing runs pods here, so that no roll-out is waited for.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { annotate, annotations, pod, tryPod } from '../pods.ts';
import { type Finished, runToEnd } from '../run.ts';
import { pathOf } from '../toolchain.ts';
import { useCluster } from '../use-cluster.ts';
import { type InstalledWebhook, installWebhook } from '../webhook.ts';

const cluster = useCluster({ hasControllers: true });
const project = join(import.meta.dirname, '..', '..', '..');
const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

interface Incumbent {
  readonly namespace: string;
  readonly name: string;
  readonly secret: string;
  readonly role: Readonly<Record<string, string>>;
  readonly volume: string;
}

const vultr: Incumbent = {
  namespace: 'irsa-system',
  name: 'irsa-webhook',
  secret: 'irsa-webhook-certs',
  role: { 'api.vultr.com/role': annotations['eks.amazonaws.com/role-arn'] },
  volume: 'vultr-irsa-token',
};
const amazon: Incumbent = {
  namespace: 'eks',
  name: 'pod-identity-webhook',
  secret: 'pod-identity-webhook',
  role: annotations,
  volume: 'aws-iam-token',
};

/** The shell commands of a page's section, without those that wait for pods. */
async function commandsOf(page: string, heading: string): Promise<string> {
  const text = await readFile(join(project, 'docs', page), 'utf8');
  const [, section = ''] = text.split(`\n${heading}\n`);
  const [, block = ''] = /```sh\n([^]*?)```/.exec(section) ?? [];
  const commands = block.split(/(?<!\\)\n/).filter((command) => command !== '' && !command.includes('rollout status'));
  expect(commands.length).toBeGreaterThan(2);
  return commands.join('\n');
}

/** As someone's shell, in a folder of its own: the first command that fails ends it. */
async function runCommands(script: string): Promise<Finished & { readonly folder: string }> {
  const folder = join(cluster().folder, `shell-${Date.now()}`);
  await mkdir(folder);
  const programs = {
    podiam: `exec ${process.execPath} ${join(project, 'src', 'cli', 'main.ts')} "$@"`,
    kubectl: `exec ${pathOf('kubernetes')} kubectl --kubeconfig ${cluster().kubeconfig} "$@"`,
  };
  for (const [name, command] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${command}\n`);
    await chmod(join(folder, name), 0o700);
  }
  const environment = { ...process.env, HOME: folder, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  const finished = await runToEnd(['sh', '-ec', `cd ${folder}\n${script}`], '', environment);
  return { ...finished, folder };
}

/** What the incumbent's own instructions apply, as far as a new installation could trip over it. */
function objectsOf({ name, namespace, secret }: Incumbent, tls: SelfSignedServer): readonly unknown[] {
  const labels = { app: name };
  const data = { 'tls.crt': btoa(tls.certificate), 'tls.key': btoa(tls.privateKey) };
  const container = { name: 'webhook', image: 'incumbent:1', ports: [{ containerPort: 8443, name: 'webhook' }] };
  const clientConfig = { service: { name, namespace, path: '/mutate' }, caBundle: btoa(tls.caCertificate) };
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
  const own = { name, namespace };
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own },
    { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: secret, namespace }, data },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...own }],
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: own,
      spec: { selector: labels, ports: [{ port: 443, targetPort: 8443 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...own, labels },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: name, containers: [container] } },
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: `${name}.incumbent.example.com`,
          clientConfig,
          rules,
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { incumbent: name } },
        },
      ],
    },
  ];
}

const reviewShape = z.object({
  request: z.object({
    uid: z.string(),
    object: z.object({ spec: z.object({ volumes: z.array(z.unknown()).optional() }) }),
  }),
});

/** Adds its volume and its role to the first container, looking at nothing that is there: as Vultr's does. */
function patchOf({ role, volume }: Incumbent): readonly unknown[] {
  const mountPath = '/var/run/secrets/incumbent';
  const sources = [{ serviceAccountToken: { audience: 'incumbent', expirationSeconds: 86_400, path: 'token' } }];
  const env = [
    { name: 'AWS_ROLE_ARN', value: Object.values(role)[0] },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${mountPath}/token` },
  ];
  return [
    { op: 'add', path: '/spec/volumes/-', value: { name: volume, projected: { sources } } },
    { op: 'add', path: '/spec/containers/0/volumeMounts', value: [{ name: volume, mountPath, readOnly: true }] },
    { op: 'add', path: '/spec/containers/0/env', value: env },
  ];
}

/** Serves the incumbent behind its Service, until the test is over or it is ended. */
async function serveIncumbent(incumbent: Incumbent, tls: SelfSignedServer): Promise<() => Promise<void>> {
  const server = createServer({ cert: tls.certificate, key: tls.privateKey }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { object, uid } = reviewShape.parse(JSON.parse(Buffer.concat(chunks).toString())).request;
      const missing = object.spec.volumes === undefined ? [{ op: 'add', path: '/spec/volumes', value: [] }] : [];
      const patch = Buffer.from(JSON.stringify([...missing, ...patchOf(incumbent)])).toString('base64');
      const answer = { uid, allowed: true, patchType: 'JSONPatch', patch };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { name, namespace } = incumbent;
  const relay = await cluster().expose({ namespace, name, port: 443, backends: () => [port] });
  let isOver = false;
  const end = async () => {
    if (isOver) return;
    isOver = true;
    await relay.close();
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(end);
  return end;
}

/** Applied as its own instructions say, and removed with the test. */
async function applyIncumbent(incumbent: Incumbent): Promise<SelfSignedServer> {
  const { name, namespace } = incumbent;
  const names = { commonName: name, dnsNames: [`${name}.${namespace}.svc`], ipAddresses: [] };
  const tls = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objectsOf(incumbent, tls) });
  const applied = await cluster().kubectl(['apply', '-f', '-'], manifest);
  expect(applied.code, applied.stderr).toBe(0);
  onTestFinished(async () => {
    const removed = await cluster().kubectl(['delete', '--ignore-not-found', '--timeout=60s', '-f', '-'], manifest);
    expect(removed.code, removed.stderr).toBe(0);
  });
  return tls;
}

/** With the namespace in which it was tried, so that the next one can be. */
async function uninstall(webhook: InstalledWebhook): Promise<void> {
  await webhook.uninstall();
  await cluster().kubectl(['delete', 'namespace', '--ignore-not-found', '--timeout=60s', `${webhook.name}-probe`]);
}

const deploymentShape = z.object({
  spec: z.object({
    selector: z.object({ matchLabels: z.unknown() }),
    template: z.object({ metadata: z.object({ labels: z.unknown() }) }),
  }),
});
const serviceShape = z.object({ spec: z.object({ selector: z.record(z.string(), z.string()) }) });
const configurationShape = z.object({
  webhooks: z.array(z.object({ name: z.string(), clientConfig: z.object({ caBundle: z.string().optional() }) })),
});
const spec = z.object({
  spec: z.object({
    volumes: z.array(z.object({ name: z.string() })),
    containers: z.array(z.object({ env: z.array(z.looseObject({ name: z.string() })).default([]) })),
  }),
});

/** Of a pod that is tried: how often it has the incumbent's volume, and how often it is told its role. */
async function injections(namespace: string, { volume }: Incumbent) {
  const { body, status } = await tryPod(cluster(), namespace, pod('p', 'web'));
  expect(status, JSON.stringify(body)).toBe(201);
  const { containers, volumes } = spec.parse(body).spec;
  const told = containers.flatMap(({ env }) => env).filter(({ name }) => name === 'AWS_ROLE_ARN');
  return { volumes: volumes.filter(({ name }) => name === volume).length, told: told.length };
}
const once = { volumes: 1, told: 1 };

async function makeShop(incumbent: Incumbent): Promise<string> {
  const namespace = `shop-${incumbent.name}`;
  await cluster().createNamespace(namespace, { incumbent: incumbent.name });
  await annotate(cluster(), namespace, 'web', incumbent.role);
  return namespace;
}

const gone = async (path: string) => (await cluster().api.call(path)).status;

describe.each([
  { page: 'coming-from-vultr.md', heading: '### Beside it, and without a gap', incumbent: vultr, profile: 'vultr' },
  { page: 'coming-from-amazon.md', heading: '## Install afresh, in its place', incumbent: amazon, profile: 'aws' },
])('$page, $heading', ({ heading, incumbent, page, profile }) => {
  test('pods are injected once before, while both are there, and after the old one is gone', async () => {
    const tls = await applyIncumbent(incumbent);
    const endIncumbent = await serveIncumbent(incumbent, tls);
    const shop = await makeShop(incumbent);
    await expect.poll(() => injections(shop, incumbent), { timeout: 20_000 }).toEqual(once);

    const webhook = await installWebhook(cluster(), { install: [`--profile=${profile}`] });
    onTestFinished(() => uninstall(webhook));
    const [replica] = webhook.replicas;
    if (replica === undefined) throw new Error('no replica runs');
    const seen = await webhook.metric(replica, /^podiam_webhook_decisions_total\{kind="Pod"/);
    expect(await injections(shop, incumbent)).toEqual(once);
    expect(await webhook.metric(replica, /^podiam_webhook_decisions_total\{kind="Pod"/)).toBeGreaterThan(seen);

    // The Deployment of the page's own command is not run by any node; what it applies is the same otherwise.
    const { code, stderr } = await runCommands(await commandsOf(page, heading));
    expect(code, stderr).toBe(0);
    await endIncumbent();
    const { name, namespace } = incumbent;
    expect(await gone(`${configurations}/${name}`)).toBe(404);
    expect(await gone(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)).toBe(404);
    expect(await gone(`/api/v1/namespaces/${namespace}/services/${name}`)).toBe(404);
    await expect.poll(() => injections(shop, incumbent), { timeout: 20_000 }).toEqual(once);
  });
});

describe('coming-from-vultr.md, ### Under its names, with its certificate', () => {
  test('the commands leave nothing of the old one in the objects, and API servers trust its CA', async () => {
    const { name, namespace } = vultr;
    const tls = await applyIncumbent(vultr);
    const script = await commandsOf('coming-from-vultr.md', '### Under its names, with its certificate');
    const { code, folder, stderr } = await runCommands(script);
    expect(code, stderr).toBe(0);

    const { api } = cluster();
    const deployment = deploymentShape.parse(
      await api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`),
    );
    const service = serviceShape.parse(await api.get(`/api/v1/namespaces/${namespace}/services/${name}`));
    const { labels } = deployment.spec.template.metadata;
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(service.spec.selector).toEqual(labels);
    expect(Object.keys(service.spec.selector)).not.toContain('app');
    const { webhooks } = configurationShape.parse(await api.get(`${configurations}/${name}`));
    expect(webhooks.map((webhook) => webhook.name)).toEqual([
      'pods.webhook.podiam.dev',
      'kube-system-pods.webhook.podiam.dev',
      'service-accounts.webhook.podiam.dev',
    ]);
    for (const { clientConfig } of webhooks) expect(atob(clientConfig.caBundle ?? '')).toBe(tls.caCertificate);

    // Once more, with a process of this machine in place of the Deployment's pods, and the Secret's files in theirs.
    const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    await writeFile(certificate, tls.certificate);
    await writeFile(key, tls.privateKey);
    const webhook = await installWebhook(cluster(), {
      name,
      namespace,
      install: [
        '--profile=vultr',
        '--tls=files',
        `--tls-secret=${vultr.secret}`,
        `--ca-bundle-file=${join(folder, 'irsa-ca.crt')}`,
      ],
      serve: [`--tls-cert=${certificate}`, `--tls-key=${key}`],
    });
    onTestFinished(() => uninstall(webhook));
    await cluster().createNamespace('shop-under-its-names');
    await annotate(cluster(), 'shop-under-its-names', 'web', vultr.role);
    await expect.poll(() => injections('shop-under-its-names', vultr), { timeout: 20_000 }).toEqual(once);
  });
});
