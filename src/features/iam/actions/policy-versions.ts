// The versions of managed policies.
import { judgeWritten } from '../../../core/policy/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import { type PolicyVersion, refuseManagedSize, refuseVersions } from '../../../core/registry/index.ts';
import {
  iamForms,
  listedVersionFields,
  listOf,
  optional,
  pageShapes,
  policyArnOf,
  required,
  versionFields,
} from '../../../core/wire/index.ts';
import type { Action, Call, Outcome } from '../call.ts';

import { pageOfAll } from '../paging.ts';
import { policyAction } from './subjects.ts';

const versionId = required('VersionId', iamForms.versionId);

/** `v3` is the third. */
const numberOf = (version: string) => Number(version.slice(1));

type Policy = Parameters<Parameters<typeof policyAction>[0]['proceed']>[1];

/** What is done with the version that the call names, where it is there. */
const withVersion =
  (proceed: (call: Call, policy: Policy, version: PolicyVersion) => Outcome) =>
  async (call: Call, policy: Policy): Promise<Outcome> => {
    const named = call.args.text('VersionId');
    const version = await call.records.policies.findVersion(policy.name, numberOf(named));
    if (version === undefined) return refuse('iam-version-absent', { arn: policyArnOf(policy), version: named });
    return proceed(call, policy, version);
  };

const createVersion = policyAction({
  name: 'CreatePolicyVersion',
  shapes: [required('PolicyDocument', iamForms.document), optional('SetAsDefault', iamForms.boolean)],
  proceed: async ({ args, records, at }, { name, revision }) => {
    const document = args.text('PolicyDocument');
    const warnings = judgeWritten(document, 'permission');
    if (warnings instanceof Refusal) return warnings;
    const versions = await records.policies.listVersions(name);
    if (versions instanceof Refusal) return versions;
    const unfit = refuseVersions(versions.length + 1) ?? refuseManagedSize(document);
    if (unfit !== undefined) return unfit;
    return {
      warnings,
      carryOut: async () => {
        const added = { document, asDefault: args.isTrue('SetAsDefault') };
        const version = await records.policies.addVersion(name, added, { at, revision });
        return version instanceof Refusal ? version : [['PolicyVersion', listedVersionFields(version)]];
      },
    };
  },
});

const getVersion = policyAction({
  name: 'GetPolicyVersion',
  shapes: [versionId],
  proceed: withVersion((_, __, version) => ({ result: [['PolicyVersion', versionFields(version)]] })),
});

const listVersions = policyAction({
  name: 'ListPolicyVersions',
  shapes: pageShapes,
  proceed: async ({ records, paging }, { name }) => {
    const versions = await records.policies.listVersions(name);
    if (versions instanceof Refusal) return versions;
    const { items, next } = pageOfAll(versions, paging.query);
    return { result: [['Versions', listOf(items, listedVersionFields)], ...paging.fields(next)] };
  },
});

const setDefaultVersion = policyAction({
  name: 'SetDefaultPolicyVersion',
  shapes: [versionId],
  proceed: withVersion(({ records, at }, { name, revision }, { number }) => ({
    carryOut: async () => {
      const updated = await records.policies.setDefaultVersion(name, number, { at, revision });
      return updated instanceof Refusal ? updated : undefined;
    },
  })),
});

const deleteVersion = policyAction({
  name: 'DeletePolicyVersion',
  shapes: [versionId],
  proceed: withVersion(({ records, at }, { name, revision }, { number, isDefault }) =>
    isDefault
      ? refuse('iam-version-default', {})
      : { carryOut: () => records.policies.removeVersion(name, number, { at, revision }) },
  ),
});

export const policyVersionActions: readonly Action[] = [
  createVersion,
  getVersion,
  listVersions,
  setDefaultVersion,
  deleteVersion,
];
