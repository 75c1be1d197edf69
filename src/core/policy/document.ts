// A policy document as it was written, read and typed but not yet compiled
// (AWS IAM User Guide, "IAM JSON policy elements reference").

/** A trust policy says who may have a role, a permission policy what may be done with it. */
export type PolicyKind = 'trust' | 'permission';

export const policyVersions = ['2012-10-17', '2008-10-17'] as const;
export type PolicyVersion = (typeof policyVersions)[number];

export type Effect = 'Allow' | 'Deny';

/** An element that has a `Not…` form, such as Action and NotAction. */
export interface Listed<Item> {
  /** Where it stands, such as `Statement[1].NotAction`. */
  readonly path: string;
  /** Whether it is the `Not…` form: all but these. */
  readonly negated: boolean;
  readonly items: readonly Item[];
}

export interface PrincipalEntry {
  /** `Federated`, `AWS`, `Service`; `*` where the whole element is `"*"`. */
  readonly type: string;
  /** `*` for everyone of that type. */
  readonly id: string;
}

export interface ConditionEntry {
  /** Such as `Statement[1].Condition.StringLike["HOST:sub"]`. */
  readonly path: string;
  /** Such as `Statement[1].Condition.StringLike`. */
  readonly operatorPath: string;
  /** As written, with qualifier and `IfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export interface Statement {
  /** `Statement[1]`; `Statement` where the document has one that stands in no list. */
  readonly path: string;
  readonly sid: string | undefined;
  readonly effect: Effect;
  /** Only in trust policies. */
  readonly principal: Listed<PrincipalEntry> | undefined;
  readonly action: Listed<string>;
  /** Only in permission policies. */
  readonly resource: Listed<string> | undefined;
  readonly conditions: readonly ConditionEntry[];
  /** Paths of elements that the kind of policy does not have. */
  readonly unknown: readonly string[];
}

export interface PolicyDocument {
  readonly kind: PolicyKind;
  /** 2008-10-17 where the document says none. */
  readonly version: PolicyVersion;
  readonly statements: readonly Statement[];
}

/** Characters of a document, white space included. */
export const longestDocument: Readonly<Record<PolicyKind, number>> = { trust: 20_480, permission: 20_480 };

/** Characters of one action, resource or condition value: an S3 key of 1024 with its bucket's ARN has room. */
export const longestValue = 1536;

export const statementElements: Readonly<Record<PolicyKind, readonly string[]>> = {
  trust: ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition'],
  permission: ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
};

export const documentElements: readonly string[] = ['Version', 'Id', 'Statement'];

/** How a statement is called in front of people. */
export function statementName(statement: Statement): string {
  return statement.sid ? `${statement.path} "${statement.sid}"` : statement.path;
}
