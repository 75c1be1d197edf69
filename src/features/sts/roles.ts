// Which role a call names, and which managed policies its session is to be narrowed to.
import { parsePolicyArn, parseRoleArn, type RoleArn } from '../../core/identity/index.ts';
import { parsePolicy } from '../../core/policy/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { SessionCall } from '../../core/wire/index.ts';
import type { StsPorts } from './ports.ts';

const uuidShape = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The ARN that the call's role has, or that the role of that UUID has; undefined where no role has the UUID. */
export async function findRoleArn({ registry }: StsPorts, role: string): Promise<RoleArn | Refusal | undefined> {
  const arn = parseRoleArn(role);
  if (arn !== undefined) return arn;
  if (!uuidShape.test(role)) return refuse('sts-role-arn-malformed', { arn: role.slice(0, 256) });
  const found = await registry.findRoleByUuid(role.toLowerCase());
  return found && { partition: 'aws', account: found.accountId, path: found.path, name: found.name };
}

/** What is wrong with the policies that the session is to be narrowed to: a narrowing that cannot be read is none. */
export async function refuseNarrowing(
  { registry }: StsPorts,
  { policy, policyArns }: SessionCall,
  account: string,
): Promise<Refusal | undefined> {
  const parsed = policy === undefined ? undefined : parsePolicy(policy, 'permission');
  if (parsed instanceof Refusal) return parsed;
  for (const arn of policyArns) {
    const named = parsePolicyArn(arn);
    const found = named?.account === account ? await registry.account(account).policies.find(named.name) : undefined;
    if (found === undefined || found.path !== named?.path)
      return refuse('sts-session-policy-missing', { arn: arn.slice(0, 256) });
  }
  return undefined;
}
