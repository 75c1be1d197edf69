import { expect, test } from 'vitest';
import { type JsonObject, parseRoleMapping } from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { arn, ask, configOf, createWebhook, pod, reviewOf, roleKey } from './asking.ts';

const containers = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `c${n}` }));
const withSpec = (spec: JsonObject) => reviewOf({ object: { ...pod, spec: { ...pod.spec, ...spec } } });
const mib = 1024 * 1024;

test('A21 each container costs alike, and a pod with more than any node runs is refused rather than patched', async () => {
  const handler = createWebhook();
  const { length: one } = await ask(handler, withSpec({ containers: containers(1) }));
  const { length: thousand } = await ask(handler, withSpec({ containers: containers(1000) }));
  expect(thousand).toBeLessThan(1000 * one);
  const { status, patch, length } = await ask(handler, withSpec({ containers: containers(20_000) }));
  expect({ status, patch }).toEqual({ status: 200, patch: '' });
  expect(length).toBeLessThan(4096);
});

const long = 'x'.repeat(mib / 2);
const strange: readonly [string, JsonObject, Readonly<Record<string, string>>][] = [
  ['a role of half a MiB', reviewOf(), { [roleKey]: arn(long) }],
  ['a role’s name of half a MiB', reviewOf(), { [roleKey]: long }],
  [
    'a list of containers to skip of half a MiB',
    reviewOf({
      object: { ...pod, metadata: { annotations: { 'eks.amazonaws.com/skip-containers': 'x,'.repeat(mib / 4) } } },
    }),
    { [roleKey]: arn('s3') },
  ],
  [
    'that list with quotes that never close',
    reviewOf({
      object: { ...pod, metadata: { annotations: { 'eks.amazonaws.com/skip-containers': '"'.repeat(mib / 2 + 1) } } },
    }),
    { [roleKey]: arn('s3') },
  ],
  [
    'a container’s name of half a MiB, which shadows the role',
    withSpec({ containers: [{ name: long, env: [{ name: 'AWS_ACCESS_KEY_ID' }] }] }),
    { [roleKey]: arn('s3') },
  ],
  [
    'a thousand warnings',
    withSpec({
      containers: containers(1000).map((one) => ({
        ...one,
        env: [
          { name: 'AWS_ACCESS_KEY_ID' },
          { name: 'AWS_ROLE_ARN' },
          { name: 'AWS_WEB_IDENTITY_TOKEN_FILE' },
          { name: 'AWS_REGION' },
          { name: 'AWS_STS_REGIONAL_ENDPOINTS' },
        ],
      })),
    }),
    { [roleKey]: arn('s3') },
  ],
  ['a field of another kind, with a name of half a MiB', withSpec({ containers: long }), { [roleKey]: arn('s3') }],
  ['a service account’s name of half a MiB', withSpec({ serviceAccountName: long }), { [roleKey]: 'no role' }],
  [
    'a pod’s name of half a MiB',
    reviewOf({ name: long, object: { ...pod, metadata: { name: long } } }),
    { [roleKey]: 'no role' },
  ],
];

test.each(strange)('A21 %s makes no long warning, reason or status', async (_, review, annotations) => {
  for (const onRefusal of ['warn', 'deny'] as const) {
    const { status, response } = await ask(
      createWebhook({ onRefusal, findServiceAccount: () => ({ annotations }) }),
      review,
    );
    expect(status).toBe(200);
    const { patch: _patch, ...words } = response;
    expect(JSON.stringify(words).length).toBeLessThan(16 * 1024);
  }
});

test('A21 a namespace’s list of roles, and a mapping, are read in time that grows with their size alone', async () => {
  const findNamespace = () => ({
    annotations: { 'podiam.dev/allowed-roles': `${'*a'.repeat(50_000)}, ${'x,'.repeat(10_000)}` },
  });
  const role = arn('a'.repeat(60));
  const { response } = await ask(
    createWebhook({ findNamespace, findServiceAccount: () => ({ annotations: { [roleKey]: role } }) }),
    reviewOf(),
  );
  expect(JSON.stringify(response)).toContain('may not use the role');

  const entries = Array.from({ length: 2000 }, (_, n) => [`${'*a'.repeat(20)}${n}/web`, { RoleARN: arn('s3') }]);
  const mapping = parseRoleMapping(JSON.stringify(Object.fromEntries(entries)));
  if (mapping instanceof Refusal) throw new Error(mapping.explain());
  const namespace = 'a'.repeat(63);
  const handler = createWebhook({
    config: () => configOf({ mapping }),
    findServiceAccount: () => ({ annotations: {} }),
  });
  expect((await ask(handler, reviewOf({ namespace }))).patch).toBe('');
});
