// The rights that `podiam install` prints, on the authorizer that judges them: with them everything works, and without
// any one of them something can be seen to fail.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { annotate, annotations, injected, notInjected, pod, rolesIn } from '../pods.ts';
import { useOwnCluster } from '../use-cluster.ts';
import { type InstalledWebhook, installWebhook, isReady, type Replica } from '../webhook.ts';

const user = 'system:serviceaccount:podiam-system:podiam-webhook';
const cluster = useOwnCluster({ audited: [user] });
const install = ['--profile=aws', '--watch-config-map', '--watch-namespaces'];
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const roles = {
  cluster: `${rbac}/clusterroles/podiam-webhook`,
  namespace: `${rbac}/namespaces/podiam-system/roles/podiam-webhook`,
};

const ruleShape = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
type Rule = z.infer<typeof ruleShape>;
const roleShape = z.object({ rules: z.array(ruleShape) });

let installed: InstalledWebhook | undefined;
const original = new Map<string, readonly Rule[]>();

function webhook(): InstalledWebhook {
  if (!installed) throw new Error('the webhook is installed first');
  return installed;
}

beforeAll(async () => {
  installed = await installWebhook(cluster(), { install });
  await installed.stopAll();
  for (const path of Object.values(roles)) original.set(path, roleShape.parse(await cluster().api.get(path)).rules);
});
afterAll(() => webhook().uninstall());

async function setRules(path: string, rules: readonly Rule[]): Promise<void> {
  await cluster().api.merge(path, { rules });
}

/** As it is installed: nothing but what `podiam install` printed. */
async function restore(): Promise<void> {
  for (const [path, rules] of original) await setRules(path, rules);
}

interface Permission {
  readonly path: string;
  readonly resource: string;
  readonly verb: string;
  /** Whether it holds for one object alone. */
  readonly named: boolean;
}

/** Takes verbs on one resource out of the role. */
async function drop({ named, path, resource }: Permission, verbs: readonly string[]): Promise<void> {
  const rules = (original.get(path) ?? []).map((rule) =>
    rule.resources.includes(resource) && (rule.resourceNames !== undefined) === named
      ? { ...rule, verbs: rule.verbs.filter((name) => !verbs.includes(name)) }
      : rule,
  );
  await setRules(
    path,
    rules.filter(({ verbs }) => verbs.length > 0),
  );
}

const secretPath = '/api/v1/namespaces/podiam-system/secrets/podiam-webhook-tls';
const configurationPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/podiam-webhook';
const configurationShape = z.looseObject({
  webhooks: z.array(z.looseObject({ clientConfig: z.looseObject({ caBundle: z.string().optional() }) })),
});

/** How a configuration stands that nobody has looked after yet. */
async function forgetTrust(): Promise<void> {
  const { webhooks } = configurationShape.parse(await cluster().api.get(configurationPath));
  const bare = webhooks.map((webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle: null } }));
  await cluster().api.merge(configurationPath, { webhooks: bare });
}

const isTrusted = async () => {
  const { webhooks } = configurationShape.parse(await cluster().api.get(configurationPath));
  return webhooks.every(({ clientConfig }) => (clientConfig.caBundle ?? '') !== '');
};
const secretExists = async () => (await cluster().api.call(secretPath)).status === 200;

let number = 0;

/** A namespace, an account and a pod that nobody could have heard of before: what is in no cache is read. */
async function newcomer(account: Readonly<Record<string, string>>, namespace: Readonly<Record<string, string>> = {}) {
  number += 1;
  const name = `newcomer-${number}`;
  await cluster().api.create('/api/v1/namespaces', { metadata: { name, annotations: namespace } });
  await annotate(cluster(), name, 'web', account);
  const { body, status } = await cluster().api.call(`/api/v1/namespaces/${name}/pods`, {
    method: 'POST',
    body: pod('p', 'web'),
  });
  return { namespace: name, role: status === 201 ? rolesIn(body)['app'] : undefined };
}

const nonsense = { 'eks.amazonaws.com/role-arn': 'arn:nonsense' };

let exercised = 0;

/** What makes a webhook use all its rights, in the order in which they can be used. */
async function exercise(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await newcomer(annotations);
  await newcomer(nonsense);
  await forgetTrust();
  // An empty Secret is written, one that is gone is made: by turns.
  exercised += 1;
  if (exercised % 2 === 0) await cluster().api.call(secretPath, { method: 'DELETE' });
  else if (await secretExists()) await cluster().api.merge(secretPath, { data: null });
}

const eventShape = z.object({
  verb: z.string(),
  objectRef: z.object({ resource: z.string(), name: z.string().optional() }),
  responseStatus: z.object({ code: z.number() }),
});

/** What the webhook asked for, and whether it was allowed to. */
function asked(since: number) {
  return cluster()
    .auditLog()
    .slice(since)
    .map((line) => eventShape.safeParse(JSON.parse(line)))
    .flatMap(({ data }) => (data === undefined ? [] : [data]))
    .map(({ objectRef, responseStatus, verb }) => ({
      right: `${verb} ${objectRef.resource}`,
      isForbidden: responseStatus.code === 403,
    }));
}

const forbidden = (since: number) => [
  ...new Set(asked(since).flatMap(({ isForbidden, right }) => (isForbidden ? [right] : []))),
];
const patience = { timeout: 40_000, interval: 200 };

/** As before the webhook’s first start: with an empty Secret and nothing that is trusted. */
async function beginAgain(): Promise<number> {
  await cluster().api.call(secretPath, { method: 'DELETE' });
  await cluster().api.create('/api/v1/namespaces/podiam-system/secrets', { metadata: { name: 'podiam-webhook-tls' } });
  await forgetTrust();
  return cluster().auditLog().length;
}

const permissions: readonly Permission[] = [
  ...['get', 'list', 'watch'].map((verb) => ({ path: roles.cluster, resource: 'serviceaccounts', verb, named: false })),
  ...['get', 'list', 'watch'].map((verb) => ({ path: roles.cluster, resource: 'namespaces', verb, named: false })),
  { path: roles.cluster, resource: 'events', verb: 'create', named: false },
  ...['get', 'update', 'watch'].map((verb) => ({
    path: roles.cluster,
    resource: 'mutatingwebhookconfigurations',
    verb,
    named: true,
  })),
  ...['get', 'update', 'watch'].map((verb) => ({ path: roles.namespace, resource: 'secrets', verb, named: true })),
  { path: roles.namespace, resource: 'secrets', verb: 'create', named: false },
  ...['list', 'watch'].map((verb) => ({ path: roles.namespace, resource: 'configmaps', verb, named: true })),
];

const rightOf = ({ resource, verb }: Permission) => `${verb} ${resource}`;

test('these are all the rights that are printed', () => {
  const printed = [...original].flatMap(([path, rules]) =>
    rules.flatMap(({ resourceNames, resources, verbs }) =>
      resources.flatMap((resource) =>
        verbs.map((verb) => JSON.stringify({ path, resource, verb, named: resourceNames !== undefined })),
      ),
    ),
  );
  expect(printed.sort()).toEqual(permissions.map((permission) => JSON.stringify(permission)).sort());
});

/** A webhook that goes with the test, and after which all rights are back. */
async function launch(): Promise<Replica> {
  const replica = await webhook().launchReplica();
  onTestFinished(async () => {
    await webhook().stopReplica(replica, 'SIGKILL');
    await restore();
  });
  return replica;
}

/** What is read live only when the watch has not brought it: so seldom that it is seen only without the watch. */
const isReadOnMiss = ({ resource, verb }: Permission) =>
  verb === 'get' && ['serviceaccounts', 'namespaces'].includes(resource);
const onMiss = permissions.filter(isReadOnMiss);

test('A18 with these rights and no others everything works, and each of them is used', async () => {
  const since = await beginAgain();
  const replica = await launch();
  await expect.poll(() => isReady(replica).catch(() => false), patience).toBe(true);
  await expect.poll(async () => (await newcomer(annotations)).role, patience).toEqual(injected);
  const restricted = await newcomer(annotations, { 'podiam.dev/allowed-roles': 'other' });
  expect(restricted.role).toEqual(notInjected);
  const events = `/apis/events.k8s.io/v1/namespaces/${restricted.namespace}/events`;
  const eventsShape = z.object({ items: z.array(z.unknown()) });
  await expect.poll(async () => eventsShape.parse(await cluster().api.get(events)).items, patience).toHaveLength(1);
  const unused = async () => {
    await exercise();
    const used = new Set(asked(since).map(({ right }) => right));
    return permissions.filter((permission) => !isReadOnMiss(permission) && !used.has(rightOf(permission)));
  };
  await expect.poll(unused, patience).toEqual([]);
  await expect.poll(secretExists, patience).toBe(true);
  await expect.poll(isTrusted, patience).toBe(true);
  expect(forbidden(since)).toEqual([]);
});

test.each(onMiss)(
  'while $resource cannot be watched, they are read one by one, and pods are injected',
  async (permission) => {
    const since = await beginAgain();
    await drop(permission, ['watch']);
    const replica = await webhook().launchReplica();
    await expect.poll(() => isReady(replica).catch(() => false), patience).toBe(true);
    await expect
      .poll(async () => {
        expect((await newcomer(annotations)).role).toEqual(injected);
        return asked(since).some(({ isForbidden, right }) => right === rightOf(permission) && !isForbidden);
      }, patience)
      .toBe(true);
    await webhook().stopReplica(replica, 'SIGKILL');
    await restore();
  },
);

describe('without one of them', () => {
  test.each(permissions.map((permission) => [rightOf(permission), permission] as const))(
    '%s: what it is for fails, and the operator is told',
    async (right, permission) => {
      const since = await beginAgain();
      await drop(permission, isReadOnMiss(permission) ? ['get', 'watch'] : [permission.verb]);
      const replica = await launch();
      await expect
        .poll(async () => {
          if (!forbidden(since).includes(right)) await exercise();
          return forbidden(since);
        }, patience)
        .toContain(right);
      await expect.poll(() => replica.log(), patience).toMatch(/"level":"(?:warn|error)"/);
    },
  );
});
