// The platform's part of the chart as an API server sees it: what both Helms render is taken field by field, its pods pass
// Pod Security's `restricted` level, and values that cannot be are refused with what to do.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chartCases, helmArguments, isOfPlatform, renderedObjects } from '../../../tools/chart/chart.ts';
import { runToEnd } from '../run.ts';
import { pathOf } from '../toolchain.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster();

const cases = chartCases.filter(({ values }) => 'platform' in values);
const ofOne = cases.find(({ name }) => name === 'platform') ?? { name: '', namespace: '', values: {} };

type Helm = 'helm3' | 'helm4';

function render(program: Helm, namespace: string, values: unknown) {
  return runToEnd([pathOf(program), ...helmArguments({ ...ofOne, namespace })], JSON.stringify(values));
}

/** Of operators whose definitions are not here; and who would be asked about pods, while nobody runs. */
const leftOut = new Set(['Certificate', 'Issuer', 'ServiceMonitor', 'MutatingWebhookConfiguration']);
const templateShape = z.object({
  spec: z.object({ template: z.object({ metadata: z.looseObject({}), spec: z.looseObject({}) }) }),
});

describe.each(['helm3', 'helm4'] as const)('%s', (program) => {
  test.each(cases)(
    '$name: every object is taken as it is, and every pod under Pod Security',
    async ({ name, values }) => {
      const namespace = `${name}-${program}`;
      const restricted = {
        'pod-security.kubernetes.io/enforce': 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      };
      await cluster().createNamespace(namespace, restricted);
      const { code, stderr, stdout } = await render(program, namespace, values);
      expect(code, stderr).toBe(0);
      const all = renderedObjects(stdout);
      const pods = all.filter(({ kind }) => kind === 'Pod');
      const items = all.filter(({ kind }) => kind !== 'Pod' && !leftOut.has(kind));
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      // Warnings would stand on standard error: of unknown fields, and of pods that the level does not allow.
      const applied = await cluster().kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], list);
      expect(applied).toMatchObject({ code: 0, stderr: '' });

      const workloads = items
        .filter(({ kind }) => kind === 'Deployment')
        .map((object) => templateShape.parse(object).spec.template);
      const own = workloads.map(({ metadata, spec }, index) => ({
        metadata: { ...metadata, name: `own-${index}` },
        spec,
      }));
      for (const body of [...own, ...pods]) {
        const { status, warnings } = await cluster().api.call(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
          method: 'POST',
          body,
        });
        expect({ status, warnings }).toEqual({ status: 201, warnings: [] });
      }
      expect(items.filter(isOfPlatform).length).toBeGreaterThanOrEqual(6);
    },
  );
});

const valuesShape = z.looseObject({ platform: z.looseObject({}) });
const { platform: sound } = valuesShape.parse(ofOne.values);

interface Refused {
  readonly title: string;
  /** In place of the platform's own of the case `platform`. */
  readonly platform?: Readonly<Record<string, unknown>>;
  /** Beside `platform`. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
  readonly told: RegExp;
}

const sqlite = { database: {}, sqlite: { enabled: true } };

const refused: readonly Refused[] = [
  { title: 'nothing at all', platform: { enabled: false }, told: /nothing would be installed: turn one on/ },
  { title: 'no image', values: { image: '' }, told: /The value image is needed/ },
  { title: 'a namespace that everyone shares', namespace: 'default', told: /give --namespace podiam-system/ },
  { title: 'no place for the records', platform: { database: {} }, told: /give platform\.database\.secret/ },
  {
    title: 'two places for the records',
    platform: { sqlite: { enabled: true } },
    told: /database\.secret and platform\.sqlite\.enabled name several: leave one/,
  },
  {
    title: 'two strings',
    platform: { database: { secret: 'a', url: 'postgres://b' } },
    told: /database\.secret and platform\.database\.url name several/,
  },
  {
    title: 'two replicas over SQLite',
    platform: { ...sqlite, replicas: 2 },
    told: /leave platform\.replicas out, or give PostgreSQL/,
  },
  {
    title: 'a CA of a database that is none',
    platform: { ...sqlite, database: { caConfigMap: 'ca' } },
    told: /caConfigMap has no use/,
  },
  {
    title: 'no key-encryption key',
    platform: { keyEncryptionKey: {} },
    told: /kubectl --namespace podiam-system create secret generic .*openssl rand -base64 32/,
  },
  { title: 'no address', platform: { publicUrl: '' }, told: /publicUrl is needed/ },
  { title: 'an address with a last slash', platform: { publicUrl: 'https://api.example.com/' }, told: /publicUrl/ },
  {
    title: 'TLS at an address without',
    platform: { publicUrl: 'http://api.example.com' },
    told: /is no https:\/\/ address: change it/,
  },
  { title: 'a certificate for nobody', platform: { tls: 'none', tlsSecret: 'x' }, told: /tlsSecret has no use/ },
  { title: 'cert-manager without an issuer', platform: { tls: 'cert-manager' }, told: /certificate\.issuer is needed/ },
  {
    title: 'an issuer without cert-manager',
    platform: { certificate: { issuer: 'x' } },
    told: /no use without platform\.tls=cert-manager/,
  },
  {
    title: 'an Ingress’s certificate without one',
    platform: { ingress: { tlsSecret: 'x' } },
    told: /no use without platform\.ingress\.enabled/,
  },
  {
    title: 'a gateway without routes',
    platform: { gateway: { upstream: 'http://api:80' } },
    told: /A gateway needs both/,
  },
  { title: 'a setting that there is not', platform: { settings: { 'acount-rate': 1 } }, told: /acount-rate/ },
  { title: 'a setting that the chart decides', platform: { settings: { port: 1 } }, told: /port/ },
  {
    title: 'half of two settings',
    platform: { settings: { 'vke-jwks-url': 'https://a/{source_id}' } },
    told: /vke-issuer-url/,
  },
  {
    title: 'a variable that would outdo the configuration',
    platform: { env: { PODIAM_PORT: '1' } },
    told: /PODIAM_PORT|env/,
  },
  { title: 'a value that there is not', platform: { replica: 1 }, told: /replica/ },
  {
    title: 'the webhook’s name',
    platform: { name: 'podiam-webhook' },
    values: { webhook: { enabled: true } },
    told: /change serviceName or platform\.name/,
  },
  {
    title: 'the name of what is the webhook’s',
    platform: { name: 'podiam-webhook-test' },
    values: { webhook: { enabled: true } },
    told: /change serviceName or platform\.name/,
  },
];

describe.each(['helm3', 'helm4'] as const)('%s refuses', (program) => {
  test.each(refused)('$title', async ({ namespace = 'podiam-system', platform = {}, told, values = {} }) => {
    const given = { ...ofOne.values, ...values, platform: { ...sound, ...platform } };
    const { code, stderr } = await render(program, namespace, given);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(told);
  });
});
