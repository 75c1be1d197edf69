import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type InjectionConfig, type JsonObject, parseRoleMapping } from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { arn, ask, configOf, createWebhook, pod, reviewOf, roleKey } from './asking.ts';

const forbidden = arn('admin');
const onAccount = { [roleKey]: forbidden };
const onContainer = (name: string) => ({ [`${roleKey}.${name}`]: forbidden });

function mappingOf(key: string, entry: JsonObject): Partial<InjectionConfig> {
  const mapping = parseRoleMapping(JSON.stringify({ [key]: entry }));
  if (mapping instanceof Refusal) throw new RefusedError(mapping);
  return { mapping };
}

const volume = {
  name: 'aws-iam-token',
  projected: { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }] },
};
const withVolume = { ...pod, spec: { ...pod.spec, volumes: [volume] } };
const debugged = (over: JsonObject = {}) => ({
  operation: 'UPDATE',
  subResource: 'ephemeralcontainers',
  object: { ...withVolume, spec: { ...withVolume.spec, ephemeralContainers: [{ name: 'debug', ...over }] } },
  oldObject: withVolume,
});
const withSpec = (spec: JsonObject) => ({ object: { ...pod, spec: { ...pod.spec, ...spec } } });

interface Way {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config?: Partial<InjectionConfig>;
  readonly request?: JsonObject;
  readonly apiVersion?: string;
}

/** Each way by which a role can come to a container. */
const ways: readonly [string, Way][] = [
  ['the service account', { annotations: onAccount }],
  ['its name alone', { annotations: { [roleKey]: 'admin' } }],
  ['a container of its own', { annotations: onContainer('app') }],
  [
    'an init container',
    { annotations: onContainer('setup'), request: withSpec({ initContainers: [{ name: 'setup' }] }) },
  ],
  [
    'a side car that is an init container',
    {
      annotations: onContainer('proxy'),
      request: withSpec({ initContainers: [{ name: 'proxy', restartPolicy: 'Always' }] }),
    },
  ],
  ['an ephemeral container', { annotations: onContainer('debug'), request: debugged() }],
  ['an ephemeral container, by the service account', { annotations: onAccount, request: debugged() }],
  [
    'an ephemeral container, by its target',
    { annotations: onContainer('app'), request: debugged({ targetContainerName: 'app' }) },
  ],
  ['the mapping', { config: mappingOf('dev/web', { RoleARN: forbidden }) }],
  ['the mapping’s pattern', { config: mappingOf('d*/web', { RoleARN: forbidden }) }],
  ['the mapping’s container', { config: mappingOf('dev/web', { ContainerRoles: { app: forbidden } }) }],
  [
    'a pod that is being deleted',
    {
      annotations: onAccount,
      request: { object: { ...pod, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } } },
    },
  ],
  [
    'a pod that says another namespace',
    { annotations: onAccount, request: { object: { ...pod, metadata: { namespace: 'free' } } } },
  ],
  ['a pod of Windows', { annotations: onAccount, request: withSpec({ os: { name: 'windows' } }) }],
  ['a dry run', { annotations: onAccount, request: { dryRun: true } }],
  ['a review of v1beta1', { annotations: onAccount, apiVersion: 'admission.k8s.io/v1beta1' }],
];

test.each(ways)('A20 a role that the namespace may not use is refused, whichever way it comes: %s', async (_, way) => {
  const handler = createWebhook({
    config: () => configOf(way.config),
    onRefusal: 'deny',
    findServiceAccount: () => ({ annotations: way.annotations ?? {} }),
    findNamespace: (name) => ({ annotations: name === 'dev' ? { 'podiam.dev/allowed-roles': 's3' } : {} }),
  });
  const { response, patch } = await ask(handler, reviewOf(way.request, way.apiVersion));
  expect(response).toMatchObject({ allowed: false, status: { code: 403 } });
  expect(patch).toBe('');
});

test.each(ways)('A20 the same way gives a role that the namespace may use: %s', async (_, way) => {
  const handler = createWebhook({
    config: () => configOf(way.config),
    findServiceAccount: () => ({ annotations: way.annotations ?? {} }),
    findNamespace: () => ({ annotations: { 'podiam.dev/allowed-roles': 'admin' } }),
  });
  const { patch } = await ask(handler, reviewOf(way.request, way.apiVersion));
  expect(patch).toContain(forbidden);
});

test('A20 a pod cannot name its own role, in annotations or elsewhere', async () => {
  const handler = createWebhook({ findServiceAccount: () => ({ annotations: {} }) });
  const metadata = {
    name: 'web',
    annotations: { ...onAccount, ...onContainer('app') },
    labels: { [roleKey]: 'admin' },
  };
  const { response, patch } = await ask(handler, reviewOf({ object: { ...pod, metadata } }));
  expect(response['allowed']).toBe(true);
  expect(patch).toBe('');
});

test('A20 what comes by envFrom neither hides that variables are missing nor is touched', async () => {
  const envFrom = [{ secretRef: { name: 'anything' } }];
  const { patch } = await ask(createWebhook(), reviewOf(withSpec({ containers: [{ name: 'app', envFrom }] })));
  expect(patch).toContain('AWS_WEB_IDENTITY_TOKEN_FILE');
  expect(patch).not.toContain('envFrom');
});

test('A20 that whoever labels a namespace exempts it stands where operators read of rights, with what to do', () => {
  const page = readFileSync('docs/install.md', 'utf8').replaceAll('\n', ' ');
  expect(page).toMatch(/Whoever may label a namespace can opt it out[^.]*ValidatingAdmissionPolicy/);
});
