// The image's `/webhook` and its default command, as the Deployments of Amazon's and Vultr's webhook start them: with
// their arguments, their environment, their certificates and no more rights than theirs.
import { writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { selfSignedServer } from '../../src/io/tls/index.ts';
import { type ApiServer, type SeenRequest, startApiServer } from '../io/kubernetes/api-server.ts';
import { type Circumstances, type Started, startPodiam, temporaryFolder } from './podiam.ts';

const role = 'arn:aws:iam::123456789012:role/my-app';

type Rights = (request: SeenRequest) => boolean;

/** Of both incumbents: get, list and watch of service accounts. */
const readsAccounts: Rights = ({ method, path }) =>
  method === 'GET' && /^\/api\/v1(\/namespaces\/[^/]+)?\/serviceaccounts/.test(path);

/** Of Amazon's with certificates from the cluster: besides, it may create Secrets, and get and change its own. */
const keepsItsSecret: Rights = (request) => {
  const { method, path } = request;
  if (readsAccounts(request) || (method === 'POST' && path.endsWith('/secrets'))) return true;
  return ['GET', 'PUT', 'PATCH'].includes(method) && path.endsWith('/secrets/pod-identity-webhook');
};

async function apiServerWith(rights: Rights): Promise<ApiServer> {
  const api = await startApiServer({ bookmarkMs: 200 });
  onTestFinished(() => api.stop());
  api.fail({ status: 403, reason: 'Forbidden' }, { when: (request) => !rights(request) });
  api.putServiceAccount('default', 'my-app', { 'eks.amazonaws.com/role-arn': role });
  api.putServiceAccount('default', 'vultrs', { 'api.vultr.com/role': '775a6be6-45cd-4f19-94f5-6e4f96f093ec' });
  return api;
}

async function kubeconfigOf(api: ApiServer): Promise<string> {
  const path = join(await temporaryFolder(), 'kubeconfig');
  const config = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: api.url } }],
    users: [{ name: 'test', user: {} }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** As cert-manager, or Vultr's script, leave it in the mounted Secret. */
async function mountedCertificate(host: string) {
  const folder = await temporaryFolder();
  const names = { commonName: host.slice(0, 58), dnsNames: [host], ipAddresses: [] };
  const { caCertificate, certificate, privateKey } = await selfSignedServer(names, { now: Date.now(), days: 1 });
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  await writeFile(files.cert, certificate);
  await writeFile(files.key, privateKey);
  return { ...files, ca: caCertificate, host };
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** As an API server, or a kubelet's probe, asks: by the Service's name, trusting only that authority. */
function ask(url: string, { ca, host }: { ca: string; host: string }, body?: string): Promise<Answer> {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing = httpsRequest(url, { method, ca, servername: host, headers, agent }, (incoming) => {
      text(incoming).then((said) => resolve({ status: incoming.statusCode, body: said }), reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

const answerShape = z.object({
  response: z.object({ allowed: z.literal(true), patch: z.string().optional() }),
});

function review(serviceAccountName: string, version = 'v1'): string {
  return JSON.stringify({
    apiVersion: `admission.k8s.io/${version}`,
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'default',
      object: { metadata: { name: 'p' }, spec: { serviceAccountName, containers: [{ name: 'app', image: 'x' }] } },
    },
  });
}

async function patchFor(url: string, trust: { ca: string; host: string }, body: string): Promise<string> {
  const answer = await ask(`${url}/mutate?timeout=10s`, trust, body);
  const { response } = answerShape.parse(JSON.parse(answer.body));
  return Buffer.from(response.patch ?? '', 'base64').toString();
}

interface Served extends Started {
  readonly url: string;
  readonly metricsUrl: string;
}

/** Waits until it says that it serves, and that it is ready. */
async function serving(args: readonly string[], circumstances: Circumstances = {}): Promise<Served> {
  const started = startPodiam(args, circumstances);
  const [, url = '', metricsUrl = ''] = await started.saidOnError(/"url":"([^"]+)","metrics":"([^"]+)"/);
  await expect.poll(async () => (await fetch(`${metricsUrl}/readyz`)).status, { timeout: 30_000 }).toBe(200);
  return { ...started, url, metricsUrl };
}

const freePorts = ['--port=0', '--metrics-port=0'];

describe('in place of Amazon’s webhook', () => {
  test('with its arguments, its rights and its mounted certificate, nothing is lost', async () => {
    const api = await apiServerWith(readsAccounts);
    const mounted = await mountedCertificate('pod-identity-webhook.default.svc');
    const amazons = [
      '--in-cluster=false',
      '--namespace=default',
      '--service-name=pod-identity-webhook',
      '--annotation-prefix=eks.amazonaws.com',
      '--token-audience=sts.amazonaws.com',
      '--logtostderr',
      '-v=2',
    ];
    const files = [`--tls-cert=${mounted.cert}`, `--tls-key=${mounted.key}`, '--kubeconfig', await kubeconfigOf(api)];
    const served = await serving(['drop-in', ...amazons, ...files, ...freePorts]);
    expect(await patchFor(served.url, mounted, review('my-app'))).toContain(role);
    expect(await patchFor(served.url, mounted, review('my-app', 'v1beta1'))).toContain('aws-iam-token');
    expect(await patchFor(served.url, mounted, review('vultrs'))).toBe('');
    for (const path of ['/health', '/healthz']) {
      expect(await ask(`${served.url}${path}`, mounted)).toEqual({ status: 200, body: 'ok\n' });
      expect((await fetch(`${served.metricsUrl}${path}`)).status).toBe(200);
    }
    const metrics = await (await fetch(`${served.metricsUrl}/metrics`)).text();
    expect(metrics).toContain('pod_identity_webhook_pod_count{method="sts_web_identity"} 2');
    expect(metrics).toContain('pod_identity_webhook_missing_sa_count');
    served.kill('SIGTERM');
    const { code, stderr } = await served.finished;
    expect(code).toBe(0);
    expect(stderr).toContain('stands in for Amazon’s webhook');
    expect(stderr.match(/no effect here/g)).toHaveLength(1);
    expect(stderr).toContain('"arguments":["--logtostderr","-v=2"]');
  });

  test('with a certificate of its own in the Secret that Amazon’s left, and no right to the webhook configuration', async () => {
    const api = await apiServerWith(keepsItsSecret);
    const host = 'pod-identity-webhook.eks.svc';
    const left = await selfSignedServer({ commonName: host, dnsNames: [host], ipAddresses: [] }, { now: 0, days: 1 });
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    api.put('v1/secrets', {
      metadata: { name: 'pod-identity-webhook', namespace: 'eks' },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(left.certificate), 'tls.key': base64(left.privateKey) },
    });
    const kubeconfig = `--kubeconfig=${await kubeconfigOf(api)}`;
    const served = await serving(['drop-in', '--in-cluster', kubeconfig, ...freePorts]);
    const secret = z
      .object({ type: z.string(), data: z.object({ 'ca.crt': z.string() }) })
      .parse(api.storage.get('v1/secrets', 'eks', 'pod-identity-webhook'));
    // A Secret's type may not change: an API server refuses what says another.
    expect(secret.type).toBe('kubernetes.io/tls');
    const ca = Buffer.from(secret.data['ca.crt'], 'base64').toString();
    expect(await patchFor(served.url, { ca, host }, review('my-app'))).toContain(role);
    expect(served.stderr()).toContain('"code":"certificate-ca-bundle-forbidden"');
  });

  test('F6 with a pair in the Secret that API servers trust, that pair is served, and nothing is written', async () => {
    const api = await apiServerWith(keepsItsSecret);
    const host = 'pod-identity-webhook.default.svc';
    const names = { commonName: host, dnsNames: [host], ipAddresses: [] };
    const left = await selfSignedServer(names, { now: Date.now(), days: 30 });
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    const data = { 'tls.crt': base64(left.certificate), 'tls.key': base64(left.privateKey) };
    const metadata = { name: 'pod-identity-webhook', namespace: 'default' };
    api.put('v1/secrets', { metadata, type: 'kubernetes.io/tls', data });
    const kubeconfig = `--kubeconfig=${await kubeconfigOf(api)}`;
    const served = await serving(['drop-in', '--in-cluster', '--namespace=default', kubeconfig, ...freePorts]);
    expect(await patchFor(served.url, { ca: left.caCertificate, host }, review('my-app'))).toContain(role);
    expect(api.storage.get('v1/secrets', 'default', 'pod-identity-webhook')).toMatchObject({ data });
    expect(api.requests.map(({ method }) => method)).not.toContain('PUT');
    expect(served.stderr()).toContain('"code":"certificate-of-others"');
    const readiness = await fetch(`${served.metricsUrl}/readyz`);
    expect([readiness.status, await readiness.text()]).toEqual([
      200,
      expect.stringMatching(/^ok\ncertificate-of-others: .*it is served as it is/),
    ]);
  });

  test('without any right to a Secret it says so, and is not ready, since it has nothing to serve', async () => {
    const api = await apiServerWith(readsAccounts);
    const started = startPodiam(['drop-in', `--kubeconfig=${await kubeconfigOf(api)}`, ...freePorts]);
    await started.saidOnError(/The Secret that holds the serving certificate may not be read/);
    expect(started.stderr()).not.toContain('admission is served');
  });

  test('at an address that --kube-api names', async () => {
    const api = await apiServerWith(readsAccounts);
    const mounted = await mountedCertificate('pod-identity-webhook.eks.svc');
    const files = [`--tls-cert=${mounted.cert}`, `--tls-key=${mounted.key}`];
    const served = await serving(['drop-in', '--in-cluster=false', `--kube-api=${api.url}`, ...files, ...freePorts]);
    expect(await patchFor(served.url, mounted, review('my-app'))).toContain(role);
    const refused = startPodiam(['drop-in', '--in-cluster=false', '--kube-api=api:6443', ...files, ...freePorts]);
    const { code, stderr } = await refused.finished;
    expect(code).toBe(2);
    expect(stderr).toContain('api-server is ‘api:6443’, which is no URL that begins with https://.');
  });

  test('a lookup waits no longer than the grace period, and the pod is admitted with a warning', async () => {
    const api = await apiServerWith(readsAccounts);
    api.fail('hang', { when: ({ path }) => path.endsWith('/serviceaccounts/unheard-of') });
    const mounted = await mountedCertificate('pod-identity-webhook.eks.svc');
    const files = [`--tls-cert=${mounted.cert}`, `--tls-key=${mounted.key}`, `--kubeconfig=${await kubeconfigOf(api)}`];
    const grace = '--service-account-lookup-grace-period=100ms';
    const served = await serving(['drop-in', '--in-cluster=false', grace, ...files, ...freePorts]);
    expect(await patchFor(served.url, mounted, review('unheard-of'))).toBe('');
    await served.saidOnError(/100 ms|100 milliseconds/);
  });
});

describe('in place of Vultr’s webhook', () => {
  test.each([['webhook'], ['drop-in']])(
    'with its environment alone, started as podiam %s, nothing is lost',
    async (command) => {
      const api = await apiServerWith(readsAccounts);
      const mounted = await mountedCertificate('irsa-webhook.irsa-system.svc');
      const environment = {
        TLS_CERT_PATH: mounted.cert,
        TLS_KEY_PATH: mounted.key,
        KUBECONFIG: await kubeconfigOf(api),
        STS_ENDPOINT: 'https://sts.example.com/x',
        PORT: '0',
        PODIAM_METRICS_PORT: '0',
      };
      const served = await serving([command], { environment });
      const patch = await patchFor(served.url, mounted, review('vultrs'));
      expect(patch).toContain('775a6be6-45cd-4f19-94f5-6e4f96f093ec');
      expect(patch).toContain('https://sts.example.com/x');
      expect(await patchFor(served.url, mounted, review('my-app'))).toBe('');
      expect(await ask(`${served.url}/health`, mounted)).toEqual({ status: 200, body: 'ok\n' });
      expect(served.stderr()).toContain('stands in for Vultr’s webhook');
    },
  );
});

describe('Amazon’s port, for the image’s user', () => {
  /** A user and a network of its own, as in a pod: the user is not root, and has no capability once it runs a program. */
  const asUser = ['unshare', '--user', '--map-user=65532', '--map-group=65532', '--net'];
  const allowing = 'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start; exec "$@"';
  const dropping = ['setpriv', '--ambient-caps=-all', '--inh-caps=-all'];
  const asUserWithSysctl = [...asUser, '--keep-caps', 'sh', '-c', allowing, 'sh', ...dropping];

  async function startAt443(under: readonly string[]): Promise<Started> {
    const mounted = await mountedCertificate('pod-identity-webhook.eks.svc');
    const files = [`--tls-cert=${mounted.cert}`, `--tls-key=${mounted.key}`, '--kube-api=http://127.0.0.1:1'];
    return startPodiam(['drop-in', '--in-cluster=false', ...files], { under });
  }

  test('is refused, with the line of the Deployment that allows it', async () => {
    const { code, stderr } = await (await startAt443(asUser)).finished;
    expect(code).toBe(1);
    expect(stderr).toContain('podiam drop-in: This process may not listen on port 443 of ::.');
    expect(stderr).toContain('net.ipv4.ip_unprivileged_port_start');
    expect(stderr).toContain('spec.securityContext.sysctls');
  });

  test('is taken where that line is', async () => {
    const started = await startAt443(asUserWithSysctl);
    const [, url] = await started.saidOnError(/"url":"([^"]+)"/);
    expect(url).toMatch(/^https:\/\/\S+:443$/);
  });
});
