// What calls are about: the role or the policy that they name, with what policies may ask about it.
import { isAccountId, parsePolicyArn } from '../../../core/identity/index.ts';
import type { Context } from '../../../core/policy/index.ts';
import { refuse } from '../../../core/refusals/index.ts';
import type { ManagedPolicy, Role } from '../../../core/registry/index.ts';
import { type CallShape, iamForms, policyArnOf, required, roleArnOf, type Shape } from '../../../core/wire/index.ts';
import type { Action, Call, Outcome, Subject } from '../call.ts';
import { requestTagKeys, resourceTagKeys } from './tags.ts';

type Proceed<Kept> = (call: Call, kept: Kept) => Promise<Outcome> | Outcome;

/** What an action says beside its name. */
interface ActionParts<Kept> {
  readonly name: string;
  readonly shapes?: readonly Shape[];
  readonly lists?: CallShape['lists'];
  /** Condition keys of its own. */
  readonly keys?: (call: Call, kept: Kept) => Context;
  readonly isOwn?: (call: Call, kept: Kept) => boolean;
  readonly proceed: Proceed<Kept>;
}

const roleName = required('RoleName', iamForms.roleName);
const policyArn = required('PolicyArn', iamForms.arn);

const joined = (...contexts: readonly Context[]): Context => new Map(contexts.flatMap((context) => [...context]));

/** An action on a role that is there, named by RoleName. Whether it is there is told only to those who may ask. */
export function roleAction({ name, shapes = [], lists = [], keys, isOwn, proceed }: ActionParts<Role>): Action {
  return {
    name,
    takes: { shapes: [roleName, ...shapes], lists },
    about: async (call): Promise<Subject> => {
      const named = call.args.text('RoleName');
      const role = await call.records.roles.find(named);
      if (role === undefined) {
        const resource = roleArnOf({ accountId: call.accountId, path: '/', name: named });
        return { resource, proceed: () => refuse('iam-role-absent', { name: named }) };
      }
      return {
        resource: roleArnOf(role),
        context: joined(resourceTagKeys(role.tags), requestTagKeys(call.args), keys?.(call, role) ?? new Map()),
        isOwn: isOwn?.(call, role) ?? false,
        proceed: () => proceed(call, role),
      };
    },
  };
}

/** The managed policy of that ARN; undefined where the account has none, whosever it may be. */
export async function findPolicy({ records, accountId }: Call, arn: string): Promise<ManagedPolicy | undefined> {
  const named = parsePolicyArn(arn);
  if (named?.account !== accountId) return undefined;
  const policy = await records.policies.find(named.name);
  // Names are found in any case, ARNs are matched byte for byte.
  return policy !== undefined && policyArnOf(policy) === arn ? policy : undefined;
}

/** Whether it has the form of a managed policy's ARN: of any account, and of AWS itself. */
function isPolicyArn(arn: string): boolean {
  const [, account = ''] = /^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[!-~]+$/.exec(arn) ?? [];
  return isAccountId(account) || account === 'aws';
}

export const refusePolicyArn = (arn: string) =>
  isPolicyArn(arn)
    ? undefined
    : refuse('iam-arn-malformed', { arn: arn.slice(0, 256), form: 'arn:aws:iam::ACCOUNT:policy/NAME' });

/** An action on a managed policy that is there, named by PolicyArn. */
export function policyAction({ name, shapes = [], lists = [], keys, proceed }: ActionParts<ManagedPolicy>): Action {
  return {
    name,
    takes: { shapes: [policyArn, ...shapes], lists },
    about: async (call) => {
      const resource = call.args.text('PolicyArn');
      const malformed = refusePolicyArn(resource);
      if (malformed !== undefined) return malformed;
      const policy = await findPolicy(call, resource);
      if (policy === undefined) return { resource, proceed: () => refuse('iam-policy-absent', { arn: resource }) };
      const context = joined(
        resourceTagKeys(policy.tags),
        requestTagKeys(call.args),
        keys?.(call, policy) ?? new Map(),
      );
      return { resource, context, proceed: () => proceed(call, policy) };
    },
  };
}
