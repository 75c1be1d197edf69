// Amazon Resource Names of what Podiam deals with: roles, assumed roles, identity providers, accounts.
// Shapes: AWS IAM User Guide, "IAM identifiers" and "Amazon Resource Names".

export interface RoleArn {
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
  /** 12 digits. */
  readonly account: string;
  /** Begins and ends with `/`; `/` for most roles. */
  readonly path: string;
  readonly name: string;
}

/** The partition of everything that Podiam itself keeps: a role's ARN in any other names no role of ours. */
export const homePartition = 'aws';

export const longestRoleArn = 2048;
export const longestRoleName = 64;
export const roleArnShape = /^arn:(aws[a-z0-9-]*):iam::(\d{12}):role((?:\/[\w+=,.@-]+)*\/)([\w+=,.@-]+)$/;
const accountShape = /^\d{12}$/;

export function isAccountId(text: string): boolean {
  return accountShape.test(text);
}

/** The parts of a role's ARN; undefined for anything else. */
export function parseRoleArn(text: string): RoleArn | undefined {
  if (text.length > longestRoleArn) return undefined;
  const [, partition, account, path, name] = roleArnShape.exec(text) ?? [];
  if (!partition || !account || !path || !name || name.length > longestRoleName) return undefined;
  return { partition, account, path, name };
}

export function roleArn({ partition, account, path, name }: RoleArn): string {
  return `arn:${partition}:iam::${account}:role${path}${name}`;
}

/** A session of a role, as GetCallerIdentity tells it: the role's path is dropped. */
export function assumedRoleArn(role: Omit<RoleArn, 'path'>, sessionName: string): string {
  return `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
}

/** The account's owner. */
export function rootArn(account: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${account}:root`;
}

/** An issuer's URL without its scheme, as it stands in provider ARNs and in front of condition keys. */
export function issuerHostAndPath(issuer: string): string {
  return issuer.replace(/^https:\/\//, '');
}

/** The identity provider that a trust policy's `Principal.Federated` names. */
export function oidcProviderArn(account: string, issuer: string, partition = 'aws'): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${issuerHostAndPath(issuer)}`;
}

const oidcProviderArnShape = /^arn:aws:iam::(\d{12}):oidc-provider\/([!-~]+)$/;

/** Whose provider an ARN names, and the URL of its issuer; undefined for anything else. */
export function parseOidcProviderArn(text: string): { readonly account: string; readonly url: string } | undefined {
  if (text.length > longestRoleArn) return undefined;
  const [, account, hostAndPath] = oidcProviderArnShape.exec(text) ?? [];
  return account && hostAndPath ? { account, url: `https://${hostAndPath}` } : undefined;
}

/** A managed policy. */
export function policyArn(account: string, path: string, name: string, partition = homePartition): string {
  return `arn:${partition}:iam::${account}:policy${path}${name}`;
}

const policyArnShape = /^arn:(aws[a-z0-9-]*):iam::(\d{12}):policy((?:\/[\w+=,.@-]+)*\/)([\w+=,.@-]+)$/;
const longestPolicyName = 128;

/** The parts of a managed policy's ARN; undefined for anything else. */
export function parsePolicyArn(text: string): RoleArn | undefined {
  if (text.length > longestRoleArn) return undefined;
  const [, partition, account, path, name] = policyArnShape.exec(text) ?? [];
  if (!partition || !account || !path || !name || name.length > longestPolicyName) return undefined;
  return { partition, account, path, name };
}
