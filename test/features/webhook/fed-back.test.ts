import fastJsonPatch, { type Operation } from 'fast-json-patch';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { podiam, settleProfile } from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { createAdmissionHandler } from '../../../src/features/webhook/index.ts';

const profile = settleProfile(podiam, { 'sts-endpoint': 'https://sts.example.com' });
if (profile instanceof Refusal) throw new Error(profile.explain());

const mutate = createAdmissionHandler({
  config: () => ({ profiles: [profile] }),
  onRefusal: 'warn',
  findServiceAccount: () => ({ annotations: { 'podiam.dev/role-arn': 'arn:aws:iam::123456789012:role/web' } }),
  log: () => {},
});

const containerShape = z.looseObject({ name: z.string() });
const podShape = z.looseObject({ spec: z.looseObject({ containers: z.array(containerShape) }) });
type Pod = z.infer<typeof podShape>;

const answerShape = z.object({ response: z.object({ allowed: z.literal(true), patch: z.string().optional() }) });

/** The operations of the patch, and the pod that comes of it, by a library that is not ours. */
async function review(pod: Pod): Promise<{ readonly operations: readonly Operation[]; readonly patched: Pod }> {
  const request = { uid: 'u', kind: { group: '', version: 'v1', kind: 'Pod' }, operation: 'CREATE', namespace: 'shop' };
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { ...request, object: pod },
  });
  const answer = await mutate({
    method: 'POST',
    target: '/mutate',
    path: '/mutate',
    query: '',
    rawHeaders: ['content-type', 'application/json'],
    body: Buffer.from(body),
    peer: { address: '127.0.0.1', encrypted: true },
  });
  const { patch } = answerShape.parse(JSON.parse(String(answer.body))).response;
  const operations: Operation[] = patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString());
  const { newDocument } = fastJsonPatch.applyPatch(structuredClone(pod), operations, true);
  return { operations, patched: podShape.parse(newDocument) };
}

const plain = podShape.parse({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-0', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    serviceAccountName: 'web',
    containers: [{ name: 'app', image: 'x', env: [{ name: 'LEVEL', value: 'info' }] }],
  },
});

test('F9 our output fed back to us gets an empty patch', async () => {
  const first = await review(plain);
  expect(first.operations.length).toBeGreaterThan(0);
  expect((await review(first.patched)).operations).toEqual([]);
});

test('F9 a side car that another webhook adds later is patched, and nothing else', async () => {
  const { patched } = await review(plain);
  const { containers } = patched.spec;
  for (const at of [0, 1]) {
    const withSideCar = {
      ...patched,
      spec: { ...patched.spec, containers: containers.toSpliced(at, 0, { name: 'proxy' }) },
    };
    const second = await review(withSideCar);
    expect(second.operations.length).toBeGreaterThan(0);
    expect(second.operations.filter(({ path }) => !path.startsWith(`/spec/containers/${at}/`))).toEqual([]);
    expect(second.patched.spec.containers.filter(({ name }) => name === 'app')).toEqual(containers);
    expect((await review(second.patched)).operations).toEqual([]);
  }
});

test('F9 fields of a future minor version of Kubernetes are kept, wherever they stand', async () => {
  const future = { future: { of: ['anything', { at: 'all' }] } };
  const [container] = plain.spec.containers;
  const pod = podShape.parse({
    ...plain,
    ...future,
    spec: { ...plain.spec, ...future, containers: [{ ...container, ...future }], futureContainers: [{ name: 'f' }] },
  });
  const { operations, patched } = await review(pod);
  expect(operations.length).toBeGreaterThan(0);
  expect(patched).toMatchObject({ ...future, spec: { ...future, futureContainers: [{ name: 'f' }] } });
  expect(patched.spec.containers).toMatchObject([{ ...container, ...future, env: expect.anything() }]);
});
