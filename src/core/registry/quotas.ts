// How much an account may keep, and what it is told where it has it all. Names and figures are AWS's (AWS IAM User Guide,
// "IAM and AWS STS quotas"), and so is what counts: white space in documents does not.
import { type Refusal, refuse } from '../refusals/index.ts';

/** What the operator may set; on AWS these are raised on request. */
export interface Quotas {
  readonly RolesPerAccount: number;
  /** Managed policies. */
  readonly PoliciesPerAccount: number;
  readonly OpenIDConnectProvidersPerAccount: number;
  /** Managed policies that are attached to one role. */
  readonly PoliciesPerRole: number;
  /** Characters of a role's trust policy: AWS has 2,048, in which five clusters have room. */
  readonly ACLSizePerRole: number;
}

export const defaultQuotas: Quotas = {
  RolesPerAccount: 1000,
  PoliciesPerAccount: 1500,
  OpenIDConnectProvidersPerAccount: 100,
  PoliciesPerRole: 10,
  ACLSizePerRole: 20_480,
};

/** What nobody is given more of, on AWS either. Sizes are in characters. */
export const fixedQuotas = {
  versionsPerPolicy: 5,
  managedPolicySize: 6144,
  /** All inline policies of a role together. */
  inlinePolicySize: 10_240,
  tags: 50,
  clientIdsPerProvider: 100,
  thumbprintsPerProvider: 5,
} as const;

/** What an account has of everything that counts. */
export interface AccountCounts {
  readonly roles: number;
  readonly policies: number;
  /** Of all managed policies together. */
  readonly policyVersions: number;
  /** Issuers by their URLs, which several clusters can share. */
  readonly providers: number;
}

const exceeded = (quota: string, limit: number) => refuse('iam-quota-exceeded', { quota, limit });

/** @param count how many there would be */
export function refuseCount(quota: keyof Quotas, count: number, quotas: Quotas): Refusal | undefined {
  const limit = quotas[quota];
  return count > limit ? exceeded(quota, limit) : undefined;
}

/** Characters of a document, without its white space. */
const sizeOf = (document: string) => document.replace(/\s+/g, '').length;

export function refuseTrustSize(document: string, quotas: Quotas): Refusal | undefined {
  const limit = quotas.ACLSizePerRole;
  return sizeOf(document) > limit ? exceeded('ACLSizePerRole', limit) : undefined;
}

export function refuseManagedSize(document: string): Refusal | undefined {
  const limit = fixedQuotas.managedPolicySize;
  return sizeOf(document) > limit ? exceeded('PolicySize', limit) : undefined;
}

/** @param documents all that the role would have */
export function refuseInlineSize(role: string, documents: readonly string[]): Refusal | undefined {
  const limit = fixedQuotas.inlinePolicySize;
  const size = documents.reduce((sum, document) => sum + sizeOf(document), 0);
  return size > limit ? refuse('iam-inline-too-large', { limit, name: role }) : undefined;
}

/** @param count how many versions there would be */
export function refuseVersions(count: number): Refusal | undefined {
  const limit = fixedQuotas.versionsPerPolicy;
  return count > limit ? refuse('iam-versions-limit', { limit }) : undefined;
}
