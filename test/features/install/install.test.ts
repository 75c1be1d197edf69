import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { accessRules } from '../../../src/features/install/index.ts';
import { runInstall } from '../../../tools/chart/chart.ts';

const image = '--image=registry.example.com/podiam:0.1.0';

const anything = z.record(z.string(), z.unknown());
const container = z.looseObject({
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  securityContext: anything,
});
const podSpec = z.looseObject({ containers: z.tuple([container]), securityContext: anything });
const selector = z.object({
  matchExpressions: z.array(
    z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() }),
  ),
});
const entry = z.looseObject({
  name: z.string(),
  failurePolicy: z.string(),
  namespaceSelector: selector,
  objectSelector: selector.partial(),
  clientConfig: z.looseObject({ caBundle: z.string().optional() }),
  rules: z.array(z.looseObject({ operations: z.array(z.string()), resources: z.array(z.string()) })),
  matchConditions: z.array(z.object({ name: z.string(), expression: z.string() })),
});
const rule = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
const object = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), labels: anything }),
  spec: anything.optional(),
  rules: z.array(rule).optional(),
  webhooks: z.array(entry).optional(),
});

async function installed(...flags: readonly string[]) {
  const { code, errors, output } = await runInstall([image, ...flags]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  return parseAllDocuments(output, { version: '1.1' }).map((document) => object.parse(document.toJS()));
}

async function found(kind: string, ...flags: readonly string[]) {
  const objects = await installed(...flags);
  const one = objects.find((candidate) => candidate.kind === kind);
  if (one === undefined) throw new Error(`there is no ${kind}`);
  return one;
}

async function podOf(...flags: readonly string[]) {
  const deployment = await found('Deployment', ...flags);
  return z.looseObject({ template: z.looseObject({ spec: podSpec }) }).parse(deployment.spec).template.spec;
}

async function entriesOf(...flags: readonly string[]) {
  const { webhooks = [] } = await found('MutatingWebhookConfiguration', ...flags);
  const [pods, system, accounts] = webhooks;
  if (!pods || !system || !accounts) throw new Error('an entry is missing');
  return { pods, system, accounts, all: webhooks };
}

describe('the objects', () => {
  test('come in an order in which they can be applied, the webhook configuration last', async () => {
    const kinds = (await installed()).map(({ kind }) => kind);
    expect(kinds[0]).toBe('Namespace');
    expect(kinds.indexOf('ServiceAccount')).toBeLessThan(kinds.indexOf('Deployment'));
    expect(kinds.at(-1)).toBe('MutatingWebhookConfiguration');
  });

  test('are the same bytes for the same settings, in whatever order they are given', async () => {
    const flags = ['--region=a', '--token-audience=b', '--env=B=1', '--env=A=2', '--profile=aws'];
    const [one, other] = await Promise.all([runInstall([image, ...flags]), runInstall([...flags.toReversed(), image])]);
    expect(one).toEqual(other);
  });

  test('are one List as JSON', async () => {
    const { output } = await runInstall([image, '--output=json']);
    const { items } = z.object({ kind: z.literal('List'), items: z.array(object) }).parse(JSON.parse(output));
    expect(items).toEqual(await installed());
  });

  test.each([
    ['NetworkPolicy', '--network-policy'],
    ['ServiceMonitor', '--service-monitor'],
    ['Issuer', '--tls=cert-manager'],
    ['Certificate', '--tls=cert-manager'],
  ])('have a %s only under %s', async (kind, flag) => {
    expect((await installed()).map((one) => one.kind)).not.toContain(kind);
    expect((await installed(flag)).map((one) => one.kind)).toContain(kind);
  });

  test('have an empty Secret for the webhook’s own certificate, and none where others make it', async () => {
    const secret = await found('Secret');
    expect(secret.metadata.name).toBe('podiam-webhook-tls');
    expect(Object.keys(secret).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'type']);
    for (const tls of ['files', 'cert-manager']) {
      expect((await installed(`--tls=${tls}`)).map(({ kind }) => kind)).not.toContain('Secret');
    }
  });
});

describe('the webhook configuration', () => {
  test('F7 leaves out the webhook’s own namespace, so that under Fail its pods can always start', async () => {
    const { pods } = await entriesOf('--failure-policy=Fail', '--namespace=identity');
    expect(pods.failurePolicy).toBe('Fail');
    const [names] = pods.namespaceSelector.matchExpressions;
    expect(names).toEqual({
      key: 'kubernetes.io/metadata.name',
      operator: 'NotIn',
      values: ['identity', 'kube-system'],
    });
  });

  test('F7 asks about kube-system, where drivers have roles, and never holds it up', async () => {
    const { system } = await entriesOf('--failure-policy=Fail');
    expect(system.failurePolicy).toBe('Ignore');
    expect(system.namespaceSelector.matchExpressions[0]).toMatchObject({ operator: 'In', values: ['kube-system'] });
  });

  test('F8 gives API servers time to leave a pod that ends, within its grace', async () => {
    const pod = await podOf('--drain-seconds=40');
    expect(pod.containers[0].args).toContain('--drain-seconds=40');
    expect(pod).toMatchObject({ terminationGracePeriodSeconds: 55 });
    expect(await podOf()).toMatchObject({ terminationGracePeriodSeconds: 30 });
  });

  test('leaves opted-out namespaces alone, by Podiam’s label and by Vultr’s, in every entry', async () => {
    for (const { namespaceSelector } of (await entriesOf()).all) {
      expect(namespaceSelector.matchExpressions.slice(1)).toEqual([
        { key: 'podiam.dev/webhook', operator: 'NotIn', values: ['disabled'] },
        { key: 'irsa-webhook', operator: 'NotIn', values: ['disabled'] },
      ]);
    }
  });

  test('A20 asks about ephemeral containers too', async () => {
    const { pods, system } = await entriesOf();
    for (const { rules } of [pods, system]) {
      expect(rules.map(({ operations, resources }) => ({ operations, resources }))).toEqual([
        { operations: ['CREATE'], resources: ['pods'] },
        { operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'] },
      ]);
    }
  });

  test.each([
    { flags: [], labels: ['eks.amazonaws.com', 'vultr.com'] },
    { flags: ['--sts-endpoint=https://sts.example.com'], labels: ['eks.amazonaws.com', 'vultr.com', 'podiam.dev'] },
    { flags: ['--profile=vultr'], labels: ['vultr.com'] },
  ])('spares pods with the opt-out label of a profile that is on: $flags', async ({ flags, labels }) => {
    const { pods } = await entriesOf(...flags);
    expect(pods.objectSelector.matchExpressions).toEqual(
      labels.map((prefix) => ({ key: `${prefix}/skip-pod-identity-webhook`, operator: 'DoesNotExist' })),
    );
  });

  test('asks about service accounts that name a role, and never holds one up', async () => {
    const { accounts } = await entriesOf('--failure-policy=Fail', '--profile=aws', '--annotation-prefix=example.com');
    expect(accounts.failurePolicy).toBe('Ignore');
    expect(accounts.matchConditions[0]?.expression).toContain(
      'k == "example.com/role-arn" || k.startsWith("example.com/role-arn.")',
    );
  });

  test('has the caBundle of a certificate from files, and of no other', async () => {
    const flags = ['--tls=files', '--ca-bundle-file=test/charts/ca.pem'];
    const { all } = await entriesOf(...flags);
    for (const { clientConfig } of all) {
      expect(Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
    }
    for (const { clientConfig } of (await entriesOf()).all) expect(clientConfig.caBundle).toBeUndefined();
  });
});

describe('the webhook’s rights', () => {
  const rulesOf = async (...flags: readonly string[]) =>
    (await installed(...flags)).flatMap(({ kind, rules = [] }) => rules.map((rule) => ({ kind, ...rule })));

  const everything = ['--watch-config-map', '--watch-namespaces'];
  const reading = ['get', 'list', 'watch'];

  test('A18 write nothing but its own Secret, its own caBundle, and events', async () => {
    const writing = (await rulesOf(...everything)).filter(({ verbs }) => verbs.some((verb) => !reading.includes(verb)));
    expect(
      writing.map(({ kind, resourceNames = [], resources, verbs }) => [kind, ...resources, ...resourceNames, ...verbs]),
    ).toEqual([
      ['ClusterRole', 'events', 'create'],
      ['ClusterRole', 'mutatingwebhookconfigurations', 'podiam-webhook', 'get', 'update', 'watch'],
      ['Role', 'secrets', 'podiam-webhook-tls', 'get', 'update', 'watch'],
      ['Role', 'secrets', 'create'],
    ]);
  });

  test('A18 write events alone, where others make the certificate', async () => {
    for (const tls of ['files', 'cert-manager']) {
      const rules = await rulesOf(...everything, `--tls=${tls}`);
      const writing = rules.filter(({ verbs }) => verbs.some((verb) => !reading.includes(verb)));
      expect(writing.flatMap(({ resources }) => resources)).toEqual(['events']);
    }
  });

  test('A18 read no Secret but its own, and nothing by a wildcard', async () => {
    for (const { apiGroups, kind, resourceNames, resources, verbs } of await rulesOf(...everything)) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
      const reads = verbs.some((verb) => reading.includes(verb));
      if (resources.includes('secrets') && reads)
        expect([kind, resourceNames]).toEqual(['Role', ['podiam-webhook-tls']]);
    }
  });

  test('cover ConfigMaps and namespaces only where those features are on', async () => {
    const without = (await rulesOf()).flatMap(({ resources }) => resources);
    expect(without).not.toContain('configmaps');
    expect(without).not.toContain('namespaces');
    const within = await rulesOf(...everything);
    expect(within).toContainEqual({
      kind: 'Role',
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: ['pod-identity-webhook'],
      verbs: reading,
    });
    expect(within).toContainEqual({ kind: 'ClusterRole', apiGroups: [''], resources: ['namespaces'], verbs: reading });
  });

  test('have a reason each', () => {
    for (const { reason } of accessRules) expect(reason.length).toBeGreaterThan(20);
  });
});

describe('the pods', () => {
  test('pass Pod Security’s restricted level, which their namespace enforces', async () => {
    const pod = await podOf('--tls=files');
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const { labels } = (await found('Namespace')).metadata;
    expect(labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  test('on their nodes’ network are in a namespace that lets them be, and make room before they are replaced', async () => {
    const { labels } = (await found('Namespace', '--host-network')).metadata;
    expect(labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'privileged' });
    expect((await found('Deployment', '--host-network')).spec).toMatchObject({
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    });
  });

  test('get a token by an explicit volume, and none by automounting', async () => {
    const pod = await podOf();
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(await found('ServiceAccount')).toMatchObject({ automountServiceAccountToken: false });
    expect(JSON.stringify(pod['volumes'])).toContain('"serviceAccountToken":{"path":"token"');
  });

  test('A19 are closed to all but API servers under a NetworkPolicy, their metrics to what is not in the cluster', async () => {
    const flags = ['--network-policy', '--api-server-cidr=10.0.0.0/8', '--api-server-cidr=fd00::/8'];
    const { spec } = await found('NetworkPolicy', ...flags);
    expect(spec).toMatchObject({
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: { cidr: 'fd00::/8' } }],
          ports: [{ port: 'webhook', protocol: 'TCP' }],
        },
        { from: [{ namespaceSelector: {} }], ports: [{ port: 'metrics', protocol: 'TCP' }] },
      ],
    });
  });
});

describe('the webhook’s arguments', () => {
  test('are the settings, and a default is left to the webhook where injection is concerned', async () => {
    const [{ args, env }] = (await podOf('--profile=vultr', '--region=eu-central-1', '--on-refusal=deny')).containers;
    expect(args).toEqual([
      'webhook',
      '--tls=self',
      '--namespace=podiam-system',
      '--service-name=podiam-webhook',
      '--port=8443',
      '--metrics-port=9443',
      '--drain-seconds=15',
      '--on-refusal=deny',
      '--log-level=info',
      '--profile=vultr',
      '--region=eu-central-1',
    ]);
    expect(env).toBeUndefined();
  });

  test.each([
    '$(POD_IP)',
    '$$',
    '$$(A)',
    'a: b # c',
    "'",
    '"',
    '\\',
    '- x',
    '{{ x }}',
    '\n',
    'yes',
    '0644',
    'é 🦉',
    '$',
  ])('carry %j as it is, past YAML and past Kubernetes’ own expansion', async (text) => {
    const [{ args, env = [] }] = (await podOf(`--token-audience=${text}`, `--env=A=${text}`)).containers;
    expect(expanded(args.at(-1) ?? '')).toBe(`--token-audience=${text}`);
    expect(env.map(({ value }) => expanded(value))).toEqual([text]);
  });

  test('say no to a profile’s default by a variable, since a flag cannot', async () => {
    const { output } = await runInstall([image, '--config', 'test/features/install/regional-off.yaml']);
    expect(output).toMatch(/name: PODIAM_STS_REGIONAL_ENDPOINT\n +value: "false"/);
    expect(output).not.toContain('--sts-regional-endpoint');
  });
});

/** As the kubelet reads arguments and variables: `$(NAME)` is looked up, `$$` is one dollar sign (API reference, Container.args). */
function expanded(text: string): string {
  return text.replace(/\$(?:\$|\((\w+)\))/g, (_, name: string | undefined) =>
    name === undefined ? '$' : `value of ${name}`,
  );
}

describe('what the API server would not take is refused', () => {
  test.each([
    [[], /setting image is needed/],
    [[image, '--namespace=Podiam'], /setting namespace is ‘Podiam’, which is not a DNS label/],
    [[image, '--service-name=1a'], /setting service-name/],
    [[image, `--service-name=${'a'.repeat(56)}`], /setting service-name/],
    [['--image=a b'], /setting image is ‘a b’/],
    [[image, '--tls=files', '--tls-secret=../x'], /setting tls-secret/],
    [[image, '--env=PROXY'], /setting env is ‘PROXY’, which is not NAME=VALUE/],
    [[image, '--network-policy', '--api-server-cidr=ten'], /setting api-server-cidr/],
    [[image, '--api-server-cidr=10.0.0.0/8'], /setting api-server-cidr has no use without network-policy/],
    [[image, '--tls-secret=mine'], /setting tls-secret has no use without tls files/],
    [[image, '--ca-bundle-file=test/charts/ca.pem'], /setting ca-bundle-file has no use without tls files/],
    [[image, '--metrics-port=8443'], /setting metrics-port/],
    [[image, '--port=443'], /no whole number from 1024 to 65535/],
    [[image, '--timeout-seconds=31'], /no whole number from 1 to 30/],
    [[image, '--profile=gcp'], /no profile gcp/],
    [[image, '--profile=podiam'], /profile podiam needs the setting sts-endpoint/],
    [[image, '--annotation-prefix=")'], /setting annotation-prefix/],
  ] satisfies [string[], RegExp][])('%j', async (flags, message) => {
    const { code, errors, output } = await runInstall(flags);
    expect(errors).toMatch(message);
    expect({ code, output }).toEqual({ code: 2, output: '' });
  });
});
