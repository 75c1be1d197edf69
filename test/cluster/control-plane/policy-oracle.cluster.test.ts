// Random pods and service accounts under an admission policy, against what `core/injection` decides of them; and random
// texts in CEL literals, against what the API server's own compiler reads.
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { celString, policyObjects } from '../../../src/core/admission-policy/index.ts';
import {
  admitPod,
  applyPatch,
  aws,
  type InjectionConfig,
  podiam,
  readPod,
  settleProfile,
  vultr,
} from '../../../src/core/injection/index.ts';
import { taken } from '../../core/injection/cases.ts';
import type { Api } from '../api.ts';
import { applyPolicy, inGroup, installPolicies, serviceAccount, submitPod, toldBy } from '../policies.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster();
const patience = { timeout: 30_000, interval: 300 };

const mountPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount';

const config: InjectionConfig = {
  profiles: [
    taken(settleProfile(vultr, { 'disable-instance-metadata': true, 'token-mount-path': mountPath })),
    taken(settleProfile(aws, { 'role-account': '111122223333', 'allowed-account': ['111122223333', '444455556666'] })),
    taken(settleProfile(podiam, { 'sts-endpoint': 'https://sts.example.com' })),
  ],
  allowedRoles: [
    { namespace: '*', roles: ['team/*', 's*', 'arn:aws*:iam::*:role/a+b', '0b*'] },
    { namespace: 'other', roles: ['*'] },
  ],
};

const roleText = fc.constantFrom(
  'arn:aws:iam::111122223333:role/s3',
  'arn:aws:iam::111122223333:role/team/deep/s3',
  'arn:aws-cn:iam::444455556666:role/a+b',
  'arn:aws:iam::444455556666:role/aab',
  'arn:aws:iam::555566667777:role/s3',
  '0b0c5a3e-8f4f-4d6c-9a52-6d1f3f0d8b11',
  '/team/x',
  's3',
  `s${'3'.repeat(64)}`,
  ' ',
  'arn:aws:iam::1:role/s3',
  ' arn:aws:iam::111122223333:role/s3',
  'arn:aws:iam::111122223333:role/s3\n',
);

const expiration = fc.constantFrom(
  '3600',
  '+700',
  '-5',
  '0',
  '0000',
  '1h',
  '',
  '9223372036854775808',
  '99999999999',
  '007200',
);
const truth = fc.constantFrom('true', 'F', '1', 'yes', ' ');
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const annotations = fc.record({
  'vultr.com/role-arn': fc.option(roleText, { nil: undefined, freq: 2 }),
  'api.vultr.com/role': fc.option(roleText, { nil: undefined, freq: 1 }),
  'eks.amazonaws.com/role-arn': optional(roleText),
  'eks.amazonaws.com/role-arn.app': fc.option(roleText, { nil: undefined, freq: 1 }),
  'vultr.com/role-arn.log': fc.option(roleText, { nil: undefined, freq: 1 }),
  'podiam.dev/role-arn': optional(roleText),
  'vultr.com/audience': optional(fc.constantFrom('mine', ' ')),
  'vultr.com/token-expiration': optional(expiration),
  'eks.amazonaws.com/token-expiration': optional(expiration),
  'eks.amazonaws.com/sts-regional-endpoints': optional(truth),
  'vultr.com/sts-regional-endpoints': optional(truth),
});

const list = fc.constantFrom(
  'app',
  'app,"log"',
  '"app',
  ',',
  ' setup , proxy',
  '"a""b",log',
  'app\nlog',
  '"app" x',
  'a"b',
);

const podAnnotations = fc.record({
  'vultr.com/skip-containers': optional(list),
  'vultr.com/include-containers': fc.option(list, { nil: undefined, freq: 1 }),
  'eks.amazonaws.com/skip-containers': optional(list),
  'eks.amazonaws.com/token-expiration': optional(expiration),
});

const path = fc.constantFrom(
  mountPath,
  `${mountPath}/`,
  `${mountPath}/token`,
  `${mountPath}-2`,
  `${mountPath}-2/a/b/`,
  `${mountPath}-3`,
  '/var/run/secrets',
  '/cache',
);

/** What a container sets itself; its role is ours now and then. */
const ownValue = (name: string) => (name === 'AWS_ROLE_ARN' ? 'arn:aws:iam::111122223333:role/s3' : 'own');

const volumeName = fc.constantFrom('vultr-irsa-token', 'vultr-irsa-token-2', 'aws-iam-token', 'data');

const volumes = fc.uniqueArray(
  fc.record({
    name: volumeName,
    audience: fc.constantFrom('vultr', 'mine', 'sts.amazonaws.com', undefined),
  }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const variableNames = fc.uniqueArray(
  fc.constantFrom(
    'AWS_ROLE_ARN',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_REGION',
    'AWS_STS_REGIONAL_ENDPOINTS',
    'AWS_ENDPOINT_URL_STS',
    'AWS_EC2_METADATA_DISABLED',
    'AWS_ACCESS_KEY_ID',
    'MODE',
  ),
  { maxLength: 4 },
);

const container = fc.record({
  env: optional(variableNames),
  mounts: fc.uniqueArray(fc.record({ volume: fc.nat(2), path, subPath: fc.constantFrom(undefined, 'a') }), {
    selector: (mount) => mount.path,
    maxLength: 2,
  }),
});

const pod = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom('app', 'log', 'proxy', 'setup'), { minLength: 1 }),
    containers: fc.array(container, { minLength: 4, maxLength: 4 }),
    init: fc.nat(1),
    volumes,
    annotations: podAnnotations,
    os: fc.constantFrom(undefined, undefined, { 'kubernetes.io/os': 'windows' }, { 'kubernetes.io/os': 'linux' }),
    name: fc.constantFrom('web', 'w', 'n'.repeat(65)),
  })
  .map((parts) => {
    const containers = parts.names.map((name, index) => {
      const { env, mounts } = parts.containers[index] ?? { env: undefined, mounts: [] };
      const volumeMounts = mounts.flatMap(({ path, subPath, volume }) => {
        const named = parts.volumes[volume];
        return named === undefined ? [] : [{ name: named.name, mountPath: path, subPath }];
      });
      return { name, image: 'a', env: env?.map((each) => ({ name: each, value: ownValue(each) })), volumeMounts };
    });
    const init = containers.length > 1 ? parts.init : 0;
    return {
      metadata: { name: parts.name, annotations: parts.annotations },
      spec: {
        initContainers: containers.slice(0, init),
        containers: containers.slice(init),
        nodeSelector: parts.os,
        volumes: parts.volumes.map(({ audience, name }) =>
          audience === undefined
            ? { name, emptyDir: {} }
            : {
                name,
                projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path: 'token' } }] },
              },
        ),
      },
    };
  });

const seed = 20261121;
const samples = fc.sample(fc.record({ annotations, pod }), { numRuns: 60, seed });

/** As JSON has it: without what is undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const written = samples.map((sample, index) => {
  const { metadata, spec } = sample.pod;
  const name = `s${index}`;
  const value = plain({ metadata, spec: { ...spec, serviceAccountName: name } });
  const account = serviceAccount(
    name,
    Object.fromEntries(Object.entries(sample.annotations).filter(([, text]) => text !== undefined)),
  );
  return { name, value, account };
});

function decided({ account, value }: (typeof written)[number]) {
  const read = taken(readPod(value));
  const evidence = {
    namespace: 'random',
    name: read.name,
    serviceAccount: { annotations: account.metadata.annotations ?? {} },
  };
  return admitPod(read, evidence, config);
}

const inTens = async <Item>(items: readonly Item[], each: (item: Item) => Promise<unknown>) => {
  for (let at = 0; at < items.length; at += 10) await Promise.all(items.slice(at, at + 10).map(each));
};

describe('random pods', () => {
  beforeAll(async () => {
    const { api } = cluster();
    for (const [name, labels] of [
      ['random', inGroup('random')],
      ['untouched', {}],
    ] as const) {
      await api.create('/api/v1/namespaces', { metadata: { name, labels } });
      await inTens(written, ({ account }) => api.create(`/api/v1/namespaces/${name}/serviceaccounts`, account));
    }
    const options = {
      apiVersion: 'v1',
      failurePolicy: 'Fail',
      onRefusal: 'warn',
      watchNamespaces: false,
      serviceAccountLabel: undefined,
    } as const;
    await installPolicies(api, 'random', policyObjects(config, options));
  });

  it('come back as the webhook would make them, and with its warnings', async () => {
    const { api } = cluster();
    const kinds = new Set<string>();
    await inTens(written, async (sample) => {
      const admission = decided(sample);
      kinds.add(admission.kind);
      const expected = admission.kind === 'inject' ? applyPatch(sample.value, admission.operations) : sample.value;
      const want = await submitPod(api, 'untouched', expected, undefined);
      const refusal = admission.kind === 'refuse' ? `not injected: ${admission.refusal.explain()}` : '';
      await expect
        .poll(async () => {
          const answer = await submitPod(api, 'random', sample.value, undefined);
          const told = toldBy(answer).join(' ');
          return {
            status: answer.status,
            spec: answer.body['spec'],
            isRefused: told.includes(refusal),
            advice: admission.warnings.filter((text) => !told.includes(text)),
          };
        }, patience)
        .toEqual({ status: want.status, spec: want.body['spec'], isRefused: true, advice: [] });
    });
    expect([...kinds].sort()).toEqual(['inject', 'leave', 'refuse']);
  });
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom("'", '"', '\\', '`', '\n', '\r', '\u2028', '\0', 'a', '{', '}', '$', '🫛', '\ud800'),
  }),
);

const quotingPolicy = 'quoting';

async function installQuoting(api: Api, texts: readonly string[]): Promise<void> {
  const common = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: quotingPolicy, labels: {} } };
  const says = texts.map((text, index) => `object.data['k${index}'] == ${celString(text)}`);
  await applyPolicy(api, {
    ...common,
    kind: 'ValidatingAdmissionPolicy',
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      },
      validations: says.map((expression, index) => ({ expression, message: `k${index} differs` })),
    },
  });
  await applyPolicy(api, {
    ...common,
    kind: 'ValidatingAdmissionPolicyBinding',
    spec: { policyName: quotingPolicy, validationActions: ['Deny'] },
  });
}

it('any text in a literal is that text to the API server’s compiler', async () => {
  const { api } = cluster();
  const texts = fc.sample(anyText, { numRuns: 300, seed });
  await installQuoting(api, texts);
  const submit = (values: readonly string[]) => {
    const data = Object.fromEntries(values.map((text, index) => [`k${index}`, text]));
    const body = { metadata: { name: 'texts' }, data };
    return api.call('/api/v1/namespaces/default/configmaps?dryRun=All', { method: 'POST', body });
  };
  await expect.poll(async () => (await submit(texts.map((text) => `${text}!`))).status, patience).toBe(422);
  const { body, status } = await submit(texts.map((text) => text.toWellFormed()));
  expect({ status, message: body['message'] }).toEqual({ status: 201, message: undefined });
});
