import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { webhook } from '../../../src/cli/webhook.ts';
import { accessRules } from '../../../src/features/install/index.ts';
import { runInstall, webhookCases } from '../../../tools/chart/chart.ts';

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
    for (const tls of ['secret', 'files', 'cert-manager']) {
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
    { flags: ['--profile=podiam', '--sts-endpoint=https://sts.example.com'], labels: ['podiam.dev'] },
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

  test('has the caBundle of a certificate of one’s own, and of no other', async () => {
    for (const tls of ['--tls=files', '--tls=secret']) {
      const { all } = await entriesOf(tls, '--ca-bundle-file=test/charts/ca.pem');
      for (const { clientConfig } of all) {
        expect(Buffer.from(clientConfig.caBundle ?? '', 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
      }
    }
    for (const { clientConfig } of (await entriesOf()).all) expect(clientConfig.caBundle).toBeUndefined();
  });
});

describe('the webhook’s rights', () => {
  const rulesOf = async (...flags: readonly string[]) =>
    (await installed(...flags)).flatMap(({ kind, rules = [] }) => rules.map((rule) => ({ kind, ...rule })));

  const everything = ['--watch-config-map', '--watch-namespaces'];
  const reading = ['get', 'list', 'watch'];

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
      verbs: ['list', 'watch'],
    });
    expect(within).toContainEqual({ kind: 'ClusterRole', apiGroups: [''], resources: ['namespaces'], verbs: reading });
  });

  test('have a reason each', () => {
    for (const { reason } of accessRules) expect(reason.length).toBeGreaterThan(20);
  });
});

describe('the pods', () => {
  test('run on the nodes that flags name, as kubectl spells labels and taints', async () => {
    const flags = [
      '--node-selector=b/c=d',
      '--node-selector=a=',
      '--toleration=k=v:NoExecute',
      '--toleration=k:NoSchedule',
    ];
    expect(await podOf(...flags, '--toleration=k', '--toleration=x/k=')).toMatchObject({
      nodeSelector: { a: '', 'b/c': 'd' },
      tolerations: [
        { key: 'k', operator: 'Equal', value: 'v', effect: 'NoExecute' },
        { key: 'k', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'k', operator: 'Exists' },
        { key: 'x/k', operator: 'Equal', value: '' },
      ],
    });
  });

  test('have the certificate as files where it is not the webhook that reads the Secret', async () => {
    const volumesUnder = async (tls: string) => JSON.stringify((await podOf(`--tls=${tls}`))['volumes']);
    expect(await volumesUnder('files')).toContain('"secretName":"podiam-webhook-tls"');
    expect(await volumesUnder('cert-manager')).toContain('"secretName":"podiam-webhook-tls"');
    for (const tls of ['self', 'secret']) expect(await volumesUnder(tls)).not.toContain('secretName');
  });

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
        {
          from: [{ namespaceSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }, { ipBlock: { cidr: 'fd00::/8' } }],
          ports: [{ port: 'metrics', protocol: 'TCP' }],
        },
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
      '--on-failure=warn',
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
    const [{ args, env = [] }] = (await podOf('--profile=aws', `--token-audience=${text}`, `--env=A=${text}`))
      .containers;
    expect(expanded(args.at(-1) ?? '')).toBe(`--token-audience=${text}`);
    expect(env.map(({ value }) => expanded(value))).toEqual([text]);
  });

  test('name a ConfigMap’s file for what no flag could carry, or what others fill', async () => {
    const flags = ['--client-ca-config-map=api-servers', '--container-credentials-config-map=identities'];
    const pod = await podOf('--config=test/charts/own-profiles.yaml', ...flags);
    expect(pod.containers[0].args.slice(1, 4)).toEqual([
      '--config=/etc/podiam/configuration/podiam.yaml',
      '--client-ca=/etc/podiam/client-ca/ca.crt',
      '--watch-container-credentials-config=/etc/podiam/container-credentials/identities.json',
    ]);
    expect(pod).toMatchObject({
      volumes: [
        { name: 'api-access' },
        { name: 'configuration', configMap: { name: 'podiam-webhook-configuration' } },
        // Its pods wait for it: without it everyone could ask for admission.
        { name: 'client-ca', configMap: { name: 'api-servers' } },
        { name: 'container-credentials', configMap: { name: 'identities', optional: true } },
      ],
    });
    expect(pod.containers[0]['volumeMounts']).toContainEqual({
      name: 'client-ca',
      mountPath: '/etc/podiam/client-ca',
      readOnly: true,
    });
  });

  test('carry profiles of one’s own on to the webhook as they were read', async () => {
    const { data } = await found('ConfigMap', '--config=test/charts/own-profiles.yaml');
    const { 'podiam.yaml': text } = z.object({ 'podiam.yaml': z.string() }).parse(data);
    expect(parse(text)).toEqual(parse(readFileSync('test/charts/own-profiles.yaml', 'utf8')));
  });

  test('have them in a ConfigMap that is not the one that maps roles, also in place of Amazon’s webhook', async () => {
    const flags = ['--service-name=pod-identity-webhook', '--watch-config-map'];
    const { metadata } = await found('ConfigMap', '--config=test/charts/own-profiles.yaml', ...flags);
    expect(metadata.name).toBe('pod-identity-webhook-configuration');
  });

  test('change the pods when such a profile changes, and not when it is only written otherwise', async () => {
    const digestOf = async (config: string) => {
      const { spec } = await found('Deployment', `--config=${config}`);
      const template = z.object({ metadata: z.object({ annotations: z.record(z.string(), z.string()) }) });
      return z.looseObject({ template }).parse(spec).template.metadata.annotations;
    };
    const rows = (region: string, name: string) =>
      `profiles: [{${name}annotation-prefix: a.example, token-audience: a, region: ${region}}]\n`;
    const folder = mkdtempSync(join(tmpdir(), 'podiam-install-'));
    const file = (text: string) => {
      const path = join(folder, 'podiam.yaml');
      writeFileSync(path, text);
      return path;
    };
    const one = await digestOf(file(rows('eu-1', 'name: own, ')));
    const same = await digestOf(file(`# the same\n${rows('"eu-1"', '"name": own, ')}`));
    const other = await digestOf(file(rows('eu-2', 'name: own, ')));
    rmSync(folder, { recursive: true });
    expect(Object.keys(one)).toEqual(['podiam.dev/configuration']);
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  test.each(webhookCases.map(({ name, flags }) => ({ name, flags })))(
    'are taken by podiam webhook as they stand: $name',
    async ({ flags }) => {
      const { output } = await runInstall([...flags, '--output=json']);
      const { items } = z.object({ items: z.array(object) }).parse(JSON.parse(output));
      const deployment = items.find(({ kind }) => kind === 'Deployment');
      const shape = z.looseObject({ template: z.looseObject({ spec: podSpec }) });
      const [{ args }] = shape.parse(deployment?.spec).template.spec.containers;
      const here = args
        .slice(1)
        .map((arg) => expanded(arg).replace('/etc/podiam/configuration/podiam.yaml', 'test/charts/own-profiles.yaml'));
      let errors = '';
      const code = await webhook.run([...here, '--print-config'], {
        environment: {},
        write: () => {},
        writeError: (text) => (errors += text),
        readStandardInput: () => Promise.resolve(''),
        stop: new AbortController().signal,
      });
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
    },
  );

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
    [
      [image, '--ca-bundle-file=test/charts/ca.pem'],
      /setting ca-bundle-file has no use without tls secret or tls files/,
    ],
    [[image, '--client-ca-config-map=A'], /setting client-ca-config-map is ‘A’, which is not the name of a ConfigMap/],
    [[image, '--container-credentials-config-map=.'], /setting container-credentials-config-map/],
    [
      [image, '--container-credentials-token-path=x'],
      /container-credentials-token-path has no use without container-c/,
    ],
    [[image, '--toleration=a=b:Never'], /setting toleration is ‘a=b:Never’, which is not KEY\[=VALUE\]\[:EFFECT\]/],
    [[image, '--toleration=:NoSchedule'], /setting toleration/],
    [[image, '--node-selector=linux'], /setting node-selector is ‘linux’, which is not a label, KEY=VALUE/],
    [[image, '--drain-seconds=301'], /no whole number from 0 to 300/],
    [[image, '--profiles=x'], /unknown option '--profiles/],
    [[image, '--config=test/charts/own-profiles.yaml', '--profile=barn'], /no profile barn[^]*store, lake/],
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
