// Random pods, with volumes, mounts and variables that collide with ours: what must hold for every one of them.
import * as fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import {
  type AddOperation,
  admitPod,
  applyPatch,
  aws,
  type InjectionConfig,
  isList,
  isObject,
  itemsOf,
  type JsonObject,
  objectOf,
  podiam,
  readPod,
  settleProfile,
  vultr,
} from '../../../src/core/injection/index.ts';
import { taken } from './cases.ts';

const mountPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const role = 'arn:aws:iam::111122223333:role/s3';
const annotations = { 'eks.amazonaws.com/role-arn': role, 'vultr.com/role-arn': role, 'podiam.dev/role-arn': role };

const configs: readonly InjectionConfig[] = [
  { profiles: [taken(settleProfile(aws, { region: 'eu-central-1', 'sts-regional-endpoint': true }))] },
  { profiles: [taken(settleProfile(aws))] },
  { profiles: [taken(settleProfile(vultr, { 'volume-name': 'aws-iam-token', 'token-mount-path': mountPath }))] },
  {
    profiles: [
      taken(settleProfile(podiam, { 'sts-endpoint': 'https://sts.example.com', 'token-mount-path': mountPath })),
    ],
  },
];

const volumeName = fc.constantFrom('aws-iam-token', 'aws-iam-token-2', 'podiam-token', 'data', 'cache');
const path = fc.constantFrom(mountPath, `${mountPath}/`, `${mountPath}/token`, `${mountPath}-2`, '/data', '/cache');
const variableName = fc.constantFrom(
  'AWS_ROLE_ARN',
  'AWS_REGION',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_ENDPOINT_URL_STS',
  'MODE',
);
const audience = fc.constantFrom('sts.amazonaws.com', 'vultr', 'podiam', 'other');

const volume = fc.record({
  name: volumeName,
  source: fc.oneof(
    fc.constant({ emptyDir: {} }),
    audience.map((audience) => ({
      projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path: 'token' } }] },
    })),
  ),
});

const mount = fc.record({ name: volumeName, mountPath: path, subPath: fc.constantFrom('', 'a') });
const device = fc.record({ name: fc.constant('block'), devicePath: path });
const absentOr = <Value>(items: fc.Arbitrary<readonly Value[]>) => fc.oneof(items, fc.constantFrom(null, undefined));

const container = fc.record({
  image: fc.string(),
  fieldOfTomorrow: fc.jsonValue(),
  env: absentOr(
    fc.uniqueArray(
      variableName.map((name) => ({ name, value: 'own' })),
      { selector: ({ name }) => name },
    ),
  ),
  volumeMounts: absentOr(fc.uniqueArray(mount, { selector: (each) => each.mountPath })),
  volumeDevices: absentOr(fc.uniqueArray(device, { selector: (each) => each.devicePath, maxLength: 1 })),
});

const name = fc.constantFrom('app', 'proxy', 'setup', 'log', 'x-1');

/** A pod that an API server could hold: a path is not both a mount's and a device's. */
const pod = fc
  .record({
    names: fc.uniqueArray(name, { minLength: 1 }),
    made: fc.array(container, { minLength: 5, maxLength: 5 }),
    init: fc.nat({ max: 2 }),
    volumes: absentOr(fc.uniqueArray(volume, { selector: (each) => each.name })),
    metadata: fc.record({
      name: fc.constantFrom('web', undefined),
      labels: fc.constantFrom({ app: 'web' }, undefined),
    }),
    windows: fc.boolean(),
    skip: fc.constantFrom(undefined, 'app', 'app,"log"'),
    tail: fc.jsonValue(),
  })
  .map(({ names, made, init, volumes, metadata, windows, skip, tail }) => {
    const containers = names.map((name, index) => {
      const parts = made[index];
      const taken = new Set(parts?.volumeMounts?.map((each) => each.mountPath));
      const volumeDevices = parts?.volumeDevices?.filter((each) => !taken.has(each.devicePath));
      return { name, ...parts, volumeDevices };
    });
    const value: unknown = JSON.parse(
      JSON.stringify({
        metadata: {
          ...metadata,
          annotations: skip === undefined ? undefined : { 'eks.amazonaws.com/skip-containers': skip },
        },
        spec: {
          initContainers: init === 0 ? undefined : containers.slice(0, init),
          containers: containers.slice(init),
          volumes: volumes?.map((each) => ({ name: each.name, ...each.source })),
          nodeSelector: windows ? { 'kubernetes.io/os': 'windows' } : undefined,
          tail,
        },
      }),
    );
    return value;
  });

function operationsFor(value: unknown, config: InjectionConfig): readonly AddOperation[] {
  const evidence = { namespace: 'dev', name: 'web', serviceAccount: { annotations } };
  const admission = admitPod(taken(readPod(value)), evidence, config);
  return admission.kind === 'inject' ? admission.operations : [];
}

function specOf(value: unknown): JsonObject {
  return (isObject(value) && objectOf(value, 'spec')) || {};
}

function containersOf(value: unknown): readonly JsonObject[] {
  const spec = specOf(value);
  return [...itemsOf(spec, 'initContainers'), ...itemsOf(spec, 'containers')].filter(isObject);
}

const textsAt = (items: readonly unknown[], member: string) =>
  items.flatMap((item) => (isObject(item) && typeof item[member] === 'string' ? [item[member]] : []));

function isSubsequence(part: readonly unknown[], whole: readonly unknown[]): boolean {
  let at = 0;
  for (const item of whole) if (at < part.length && JSON.stringify(item) === JSON.stringify(part[at])) at += 1;
  return at === part.length;
}

/** The pod without what we may touch. */
function untouchable(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) =>
    key === 'env' || key === 'volumeMounts' || key === 'volumes' ? undefined : member,
  );
}

const given = fc.tuple(pod, fc.constantFrom(...configs));
const runs = { numRuns: 700 };

describe('for every pod', () => {
  it('names of volumes, mount paths and variables stay unique, and every mount of ours has its volume and nothing in it', () => {
    fc.assert(
      fc.property(given, ([value, config]) => {
        const operations = operationsFor(value, config);
        const patched = applyPatch(value, operations);
        const added = operations.flatMap(({ path, value }) => (path.includes('/volumeMounts') ? [value].flat() : []));
        const names = textsAt(itemsOf(specOf(patched), 'volumes'), 'name');
        expect(new Set(names).size).toBe(names.length);
        for (const container of containersOf(patched)) {
          const paths = [
            ...textsAt(itemsOf(container, 'volumeMounts'), 'mountPath'),
            ...textsAt(itemsOf(container, 'volumeDevices'), 'devicePath'),
          ];
          expect(new Set(paths).size).toBe(paths.length);
          const ours = textsAt(
            itemsOf(container, 'volumeMounts').filter((each) => added.includes(each)),
            'mountPath',
          );
          for (const folder of ours) expect(paths.filter((each) => each.startsWith(`${folder}/`))).toEqual([]);
          const variables = textsAt(itemsOf(container, 'env'), 'name');
          expect(new Set(variables).size).toBe(variables.length);
        }
        for (const mounted of textsAt(added, 'name')) expect(names).toContain(mounted);
      }),
      runs,
    );
  });

  it('F9 patching twice is patching once', () => {
    fc.assert(
      fc.property(given, ([value, config]) => {
        const once = applyPatch(value, operationsFor(value, config));
        expect(operationsFor(once, config)).toEqual([]);
      }),
      runs,
    );
  });

  it('F9 everything outside env, mounts and volumes is untouched, and within them all that was there stays in order', () => {
    fc.assert(
      fc.property(given, ([value, config]) => {
        const before = JSON.stringify(value);
        const patched = applyPatch(value, operationsFor(value, config));
        expect(JSON.stringify(value)).toBe(before);
        expect(untouchable(patched)).toBe(untouchable(value));
        const [old, now] = [containersOf(value), containersOf(patched)];
        for (const [index, container] of old.entries()) {
          for (const list of ['env', 'volumeMounts']) {
            expect(isSubsequence(itemsOf(container, list), itemsOf(now[index] ?? {}, list))).toBe(true);
          }
        }
        expect(isSubsequence(itemsOf(specOf(value), 'volumes'), itemsOf(specOf(patched), 'volumes'))).toBe(true);
      }),
      runs,
    );
  });

  it('an independent JSON Patch library comes to the same pod', () => {
    fc.assert(
      fc.property(given, ([value, config]) => {
        const operations = operationsFor(value, config);
        const theirs: unknown = jsonPatch.applyPatch(
          structuredClone(value),
          structuredClone([...operations]),
          true,
        ).newDocument;
        expect(applyPatch(value, operations)).toEqual(theirs);
        expect(isList(operations)).toBe(true);
      }),
      runs,
    );
  });
});
