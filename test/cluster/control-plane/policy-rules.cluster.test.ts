// What admission policies do on a real API server beyond the case files: consequences of bad roles, who is passed over,
// what another policy adds, and that what `podiam policy` prints is what an API server takes.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { admissionPolicies, policySettings } from '../../../src/core/admission-policy/index.ts';
import { isObject, type JsonObject, objectOf } from '../../../src/core/injection/index.ts';
import { resolveSettings } from '../../../src/core/settings/index.ts';
import { taken } from '../../core/injection/cases.ts';
import type { ApiAnswer } from '../api.ts';
import { applyPolicy, inGroup, installPolicies, serviceAccount, submitPod, toldBy } from '../policies.ts';
import { runToEnd } from '../run.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster({ apiServerFlags: ['--runtime-config=admissionregistration.k8s.io/v1beta1=true'] });

const role = 'arn:aws:iam::111122223333:role/s3';
const patience = { timeout: 20_000, interval: 250 };

const policiesFor = (file: JsonObject) =>
  taken(admissionPolicies(taken(resolveSettings(policySettings, { flags: {}, environment: {}, file })).values));

/** A group by what is set for it; its namespace has the same name. */
const settingsOf: Readonly<Record<string, JsonObject>> = {
  warn: { profile: ['vultr', 'aws'], 'failure-policy': 'Fail' },
  deny: { profile: ['vultr', 'aws'], 'failure-policy': 'Fail', 'on-refusal': 'deny' },
  labelled: { profile: ['aws'], 'service-account-label': 'podiam.dev/role=yes' },
  beta: { profile: ['aws'], 'api-version': 'v1beta1' },
};

const accountsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/serviceaccounts`;

function podOf(name: string, spec: JsonObject = {}, metadata: JsonObject = {}) {
  return {
    metadata: { name: 'my-app', ...metadata },
    spec: { serviceAccountName: name, containers: [{ name: 'app', image: 'a' }], ...spec },
  };
}

const submit = (namespace: string, pod: unknown) => submitPod(cluster().api, namespace, pod, undefined);

/** The names of the containers that have the role. */
function injectedIn({ body }: ApiAnswer): readonly string[] {
  const containers = objectOf(body, 'spec')?.['containers'];
  if (!Array.isArray(containers)) return [];
  return containers.filter(isObject).flatMap((container) => {
    const env: unknown = container['env'] ?? [];
    const hasRole = Array.isArray(env) && env.some((each) => isObject(each) && each['name'] === 'AWS_ROLE_ARN');
    return hasRole ? [String(container['name'])] : [];
  });
}

const untilInjected = (namespace: string, pod: unknown, names: readonly string[]) =>
  expect.poll(async () => injectedIn(await submit(namespace, pod)), patience).toEqual(names);

beforeAll(async () => {
  const { api } = cluster();
  for (const [group, file] of Object.entries(settingsOf)) {
    await api.create('/api/v1/namespaces', { metadata: { name: group, labels: inGroup(group) } });
    const good = serviceAccount('good', { 'eks.amazonaws.com/role-arn': role });
    const label = { 'podiam.dev/role': 'yes' };
    const bad = serviceAccount('bad', { 'eks.amazonaws.com/role-arn': 'arn:nonsense' });
    for (const account of [
      good,
      bad,
      serviceAccount('bare'),
      { ...good, metadata: { ...good.metadata, name: 'labelled', labels: label } },
    ]) {
      await api.create(accountsIn(group), account);
    }
    await installPolicies(api, group, policiesFor(file));
  }
  await vi.waitUntil(async () => injectedIn(await submit('warn', podOf('good'))).length > 0, patience);
  await vi.waitUntil(async () => (await submit('deny', podOf('bad'))).status === 403, patience);
});

describe('a bad role', () => {
  it('lets the pod in without it and with a warning', async () => {
    const answer = await submit('warn', podOf('bad'));
    expect(answer.status).toBe(201);
    expect(injectedIn(answer)).toEqual([]);
    expect(toldBy(answer)).toEqual([
      'not injected: The value ‘arn:nonsense’ (service account annotation) is no role. Write an ARN such as arn:aws:iam::111122223333:role/NAME.',
    ]);
  });

  it('keeps the pod out under deny, and says why', async () => {
    const { body } = await submit('deny', podOf('bad'));
    expect(body['reason']).toBe('Forbidden');
    expect(body['message']).toContain('The value ‘arn:nonsense’ (service account annotation) is no role.');
  });

  it('is told of when the service account is written', async () => {
    const body = serviceAccount('new', {
      'vultr.com/role-arn': 'arn:nonsense',
      'eks.amazonaws.com/role-arn.app': 's3',
    });
    const write = () => cluster().api.call(`${accountsIn('warn')}?dryRun=All`, { method: 'POST', body });
    await expect.poll(async () => toldBy(await write()), patience).toHaveLength(1);
    const [told = ''] = toldBy(await write());
    expect(told).toContain('The value ‘arn:nonsense’ (annotation vultr.com/role-arn) is no role.');
    expect(told).toContain('The value ‘s3’ (annotation eks.amazonaws.com/role-arn.app) is a name without an account.');
  });

  it('keeps a service account out under deny, but none that had it before', async () => {
    const { api } = cluster();
    const write = (body: unknown) => api.call(`${accountsIn('deny')}?dryRun=All`, { method: 'POST', body });
    const bad = { 'eks.amazonaws.com/role-arn': 'arn:nonsense' };
    await expect.poll(async () => (await write(serviceAccount('new', bad))).status, patience).toBe(403);
    expect((await write(serviceAccount('new', { 'eks.amazonaws.com/role-arn': role }))).status).toBe(201);
    const update = (patch: unknown) =>
      api.call(`${accountsIn('deny')}/bad?dryRun=All`, {
        method: 'PATCH',
        body: patch,
        contentType: 'application/merge-patch+json',
      });
    expect((await update({ metadata: { labels: { team: 'a' } } })).status).toBe(200);
    expect((await update({ metadata: { annotations: { 'vultr.com/role-arn': 'arn:other' } } })).status).toBe(403);
  });

  it('of many lines and any length is told of in one line', async () => {
    const value = `arn:${'x\n'.repeat(500)}'"\\{}`;
    await cluster().api.create(accountsIn('warn'), serviceAccount('long', { 'eks.amazonaws.com/role-arn': value }));
    await expect
      .poll(async () => toldBy(await submit('warn', podOf('long'))), patience)
      .toEqual([
        expect.stringMatching(/^not injected: The value ‘arn:(?:x )+…’ \(service account annotation\) is no role\. /),
      ]);
  });
});

describe('under Fail', () => {
  it('no pod is kept out whose service account has nothing that is optional', async () => {
    const answer = await submit('warn', podOf('bare'));
    expect(answer.status).toBe(201);
    expect(injectedIn(answer)).toEqual([]);
  });

  it('a pod of a hundred containers with a hundred variables each costs less than what API servers allow', async () => {
    const env = Array.from({ length: 100 }, (_, index) => ({ name: `E${index}`, value: 'x' }));
    const containers = Array.from({ length: 100 }, (_, index) => ({ name: `c${index}`, image: 'a', env }));
    const answer = await submit('warn', podOf('good', { containers }));
    expect(injectedIn(answer)).toHaveLength(100);
  });
});

describe('what is passed over', () => {
  it.each(['podiam.dev/webhook', 'irsa-webhook'])('a namespace labelled %s=disabled', async (label) => {
    const { api } = cluster();
    const name = `out-${label.replace(/\W/g, '-')}`;
    await api.create('/api/v1/namespaces', { metadata: { name, labels: { ...inGroup('warn'), [label]: 'disabled' } } });
    await api.create(accountsIn(name), serviceAccount('good', { 'eks.amazonaws.com/role-arn': role }));
    const sibling = `in-${label.replace(/\W/g, '-')}`;
    await api.create('/api/v1/namespaces', { metadata: { name: sibling, labels: inGroup('warn') } });
    await api.create(accountsIn(sibling), serviceAccount('good', { 'eks.amazonaws.com/role-arn': role }));
    await untilInjected(sibling, podOf('good'), ['app']);
    expect(injectedIn(await submit(name, podOf('good')))).toEqual([]);
  });

  it('service accounts without the label that is set', async () => {
    await untilInjected('labelled', podOf('labelled'), ['app']);
    expect(injectedIn(await submit('labelled', podOf('good')))).toEqual([]);
  });
});

it('F9 a pod that was injected is not changed when it is submitted again', async () => {
  const first = await submit('warn', podOf('good'));
  const again = await submit('warn', { metadata: { name: 'again' }, spec: objectOf(first.body, 'spec') });
  expect(again.body['spec']).toEqual(first.body['spec']);
});

it('F9 a side car that another policy adds afterwards is injected too', async () => {
  const { api } = cluster();
  const matchConstraints = {
    resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    objectSelector: { matchLabels: { 'side-car': 'yes' } },
  };
  const expression =
    "object.spec.containers.exists(c, c.name == 'proxy') ? [] : [JSONPatch{op: 'add', path: '/spec/containers/-', value: Object.spec.containers{name: 'proxy', image: 'p'}}]";
  const common = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'zz-side-car', labels: {} } };
  await applyPolicy(api, {
    ...common,
    kind: 'MutatingAdmissionPolicy',
    spec: {
      matchConstraints,
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
  });
  await applyPolicy(api, { ...common, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: 'zz-side-car' } });
  await untilInjected('warn', podOf('good', {}, { labels: { 'side-car': 'yes' } }), ['app', 'proxy']);
});

it('v1beta1 does the same', async () => {
  await untilInjected('beta', podOf('good'), ['app']);
});

describe('podiam policy', () => {
  const flags = ['--profile=aws', '--failure-policy=Fail'];
  const print = () => runToEnd([process.execPath, 'src/cli/main.ts', 'policy', ...flags]);

  it('prints what kubectl applies, changes nothing the second time, and takes away again', async () => {
    const { api, kubectl } = cluster();
    const { stdout } = await print();
    const applied = await kubectl(['apply', '--server-side', '-f', '-'], stdout);
    expect(applied.stderr).toBe('');
    expect(applied.stdout.trim().split('\n')).toHaveLength(8);
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies/pods.policy.podiam.dev';
    const before = objectOf(await api.get(path), 'metadata')?.['resourceVersion'];
    await kubectl(['apply', '--server-side', '-f', '-'], stdout);
    expect(objectOf(await api.get(path), 'metadata')?.['resourceVersion']).toBe(before);
    await api.call(accountsIn('kube-system'), {
      method: 'POST',
      body: serviceAccount('driver', { 'eks.amazonaws.com/role-arn': role }),
    });
    await untilInjected('kube-system', podOf('driver'), ['app']);
    const deleted = await kubectl(['delete', '-f', '-'], stdout);
    expect(deleted.code).toBe(0);
    expect((await api.call(path)).status).toBe(404);
  });
});
