// What is printed, as far as it can be seen without an API server: kinds, consequences, reach, and what is refused.
import { describe, expect, it } from 'vitest';
import {
  admissionPolicies,
  type PolicyObject,
  type PolicyValues,
  policyLimits,
  policySettings,
} from '../../../src/core/admission-policy/index.ts';
import { isObject, type JsonObject, objectOf } from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { resolveSettings } from '../../../src/core/settings/index.ts';
import { taken } from '../injection/cases.ts';

function valuesOf(file: JsonObject): PolicyValues {
  return taken(resolveSettings(policySettings, { flags: {}, environment: {}, file })).values;
}

const objectsFor = (file: JsonObject) => taken(admissionPolicies(valuesOf({ profile: ['vultr', 'aws'], ...file })));

const rowOf = ({ apiVersion, kind, metadata }: PolicyObject) =>
  `${kind} ${metadata.name.replace('.policy.podiam.dev', '')} ${apiVersion.replace('admissionregistration.k8s.io/', '')}`;

function specOf(objects: readonly PolicyObject[], row: string): JsonObject {
  const object = objects.find((candidate) => rowOf(candidate).startsWith(`${row} `));
  if (object === undefined) throw new Error(`no ${row} among ${objects.map(rowOf).join(', ')}`);
  return object.spec;
}

const validating = [
  'ValidatingAdmissionPolicy roles-of-pods v1',
  'ValidatingAdmissionPolicyBinding roles-of-pods v1',
  'ValidatingAdmissionPolicy roles-of-service-accounts v1',
  'ValidatingAdmissionPolicyBinding roles-of-service-accounts v1',
];

const tables: readonly { readonly title: string; readonly file: JsonObject; readonly rows: readonly string[] }[] = [
  {
    title: 'by default a policy and a binding that mutate pods, and two that judge roles',
    file: {},
    rows: ['MutatingAdmissionPolicy pods v1', 'MutatingAdmissionPolicyBinding pods v1', ...validating],
  },
  {
    title: 'under v1beta1 only what mutates is of that version: validation is v1 since 1.30',
    file: { 'api-version': 'v1beta1' },
    rows: ['MutatingAdmissionPolicy pods v1beta1', 'MutatingAdmissionPolicyBinding pods v1beta1', ...validating],
  },
  {
    title: 'under Fail the system’s pods have a policy of their own, which never holds them up',
    file: { 'failure-policy': 'Fail' },
    rows: [
      'MutatingAdmissionPolicy pods v1',
      'MutatingAdmissionPolicyBinding pods v1',
      'MutatingAdmissionPolicy kube-system-pods v1',
      'MutatingAdmissionPolicyBinding kube-system-pods v1',
      ...validating,
    ],
  },
  {
    title: 'under deny what is only warned of is a policy beside what keeps pods out',
    file: { 'on-refusal': 'deny' },
    rows: [
      'MutatingAdmissionPolicy pods v1',
      'MutatingAdmissionPolicyBinding pods v1',
      ...validating.slice(0, 2),
      'ValidatingAdmissionPolicy advice-on-pods v1',
      'ValidatingAdmissionPolicyBinding advice-on-pods v1',
      ...validating.slice(2),
    ],
  },
];

describe('the objects', () => {
  it.each(tables)('$title', ({ file, rows }) => {
    expect(objectsFor(file).map(rowOf)).toEqual(rows);
  });

  it('name each policy in its binding', () => {
    for (const object of objectsFor({ 'on-refusal': 'deny', 'failure-policy': 'Fail' })) {
      if (object.kind.endsWith('Binding')) expect(object.spec['policyName']).toBe(object.metadata.name);
    }
  });

  it('have a service account as the parameter of what concerns pods, and let pods pass where there is none', () => {
    const objects = objectsFor({});
    for (const kind of ['MutatingAdmissionPolicy', 'ValidatingAdmissionPolicy']) {
      const name = kind === 'MutatingAdmissionPolicy' ? 'pods' : 'roles-of-pods';
      expect(specOf(objects, `${kind} ${name}`)['paramKind']).toEqual({ apiVersion: 'v1', kind: 'ServiceAccount' });
      expect(specOf(objects, `${kind}Binding ${name}`)['paramRef']).toEqual({
        selector: {},
        parameterNotFoundAction: 'Allow',
      });
    }
  });

  it('look only at service accounts with the label that is set', () => {
    const objects = objectsFor({ 'service-account-label': 'podiam.dev/role=yes' });
    const bindings = objects.filter(({ spec }) => isObject(spec['paramRef']));
    expect(bindings).toHaveLength(2);
    for (const { spec } of bindings) {
      expect(objectOf(spec, 'paramRef')?.['selector']).toEqual({ matchLabels: { 'podiam.dev/role': 'yes' } });
    }
  });

  it.each([
    { onRefusal: 'warn', actions: ['Warn', 'Audit'] },
    { onRefusal: 'deny', actions: ['Deny'] },
  ])('under $onRefusal a bad role has the consequences $actions', ({ actions, onRefusal }) => {
    const objects = objectsFor({ 'on-refusal': onRefusal });
    for (const name of ['roles-of-pods', 'roles-of-service-accounts']) {
      expect(specOf(objects, `ValidatingAdmissionPolicyBinding ${name}`)['validationActions']).toEqual(actions);
    }
  });

  it('leave pods with a profile’s opt-out label alone, and namespaces that opted out', () => {
    const constraints = objectOf(specOf(objectsFor({}), 'MutatingAdmissionPolicy pods'), 'matchConstraints');
    expect(constraints?.['objectSelector']).toEqual({
      matchExpressions: [
        { key: 'vultr.com/skip-pod-identity-webhook', operator: 'DoesNotExist' },
        { key: 'eks.amazonaws.com/skip-pod-identity-webhook', operator: 'DoesNotExist' },
      ],
    });
    expect(constraints?.['namespaceSelector']).toEqual({
      matchExpressions: [
        { key: 'podiam.dev/webhook', operator: 'NotIn', values: ['disabled'] },
        { key: 'irsa-webhook', operator: 'NotIn', values: ['disabled'] },
      ],
    });
  });

  it('ask one condition for each service account, since the API server computes all of several', () => {
    for (const { spec } of objectsFor({})) {
      if (spec['matchConditions'] !== undefined) expect(spec['matchConditions']).toHaveLength(1);
    }
  });

  it('carry the rows of a user’s own profiles', () => {
    const profiles = [{ name: 'store', 'annotation-prefix': 'iam.store.example', 'token-audience': 'it’s store' }];
    const text = JSON.stringify(objectsFor({ profile: ['store'], profiles }));
    expect(text).toContain('iam.store.example/role-arn');
    expect(text).toContain('it\\\\u2019s store');
  });
});

function refusalFor(file: JsonObject): Refusal {
  // An installation's own setting is none of `podiam policy`.
  const { 'container-credentials-config-map': configMap, ...others } = file;
  const own = typeof configMap === 'string' ? { 'container-credentials-config-map': configMap } : {};
  const objects = admissionPolicies({ ...valuesOf(others), ...own });
  if (!(objects instanceof Refusal)) throw new Error('it was taken');
  return objects;
}

describe('what a policy cannot do', () => {
  const asked: readonly JsonObject[] = [
    { 'watch-config-map': true },
    { 'watch-container-credentials-config': '/etc/identities.json' },
    { 'container-credentials-config-map': 'identities' },
    { 'on-failure': 'deny' },
  ];

  it.each(asked)('is refused when a setting asks for it: %o', (file) => {
    const [setting = ''] = Object.keys(file);
    const refusal = refusalFor(file);
    expect(refusal.code).toBe('setting-beyond-policy');
    expect(refusal.sentence).toContain(setting);
  });

  it('has a row for every setting that asks for it', () => {
    const settings = policyLimits.flatMap((limit) => limit.settings);
    expect(settings.sort()).toEqual(asked.flatMap((file) => Object.keys(file)).sort());
  });
});

describe('the label of service accounts', () => {
  it.each(['role', '=yes', 'a b=c', '-a=b', 'a/b/c=d', `a=${'b'.repeat(64)}`, 'a=b=c'])('is refused as %s', (label) => {
    expect(refusalFor({ 'service-account-label': label }).code).toBe('setting-unfit');
  });

  it.each(['role=', 'role=yes', 'podiam.dev/role=1.0_a'])('may be %s', (label) => {
    expect(objectsFor({ 'service-account-label': label })).toHaveLength(6);
  });
});
