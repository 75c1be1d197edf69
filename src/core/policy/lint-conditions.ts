// Conditions that do not test what they seem to test.
import type { ConditionEntry, Statement } from './document.ts';
import type { Finding, Rule } from './finding.ts';
import { parseOperatorName } from './operators.ts';
import { parseTemplate } from './template.ts';
import { quote } from './wording.ts';

type ConditionRule = (condition: ConditionEntry, statement: Statement) => Finding | undefined;

const exactOperators = new Set([
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
]);
const providerShape = /^arn:[^:]*:iam::[^:]*:oidc-provider\/(.+)$/;
const tokenKey = /^(.+):(?:sub|aud|amr)$/;

/** Written out in full, `*` and `?` are meant as letters; `${*}` says so. */
function hasWildcard(value: string): boolean {
  const template = parseTemplate(value, { variables: true, wildcards: true }) ?? [];
  return template.some((piece) => piece.kind === 'any-run' || piece.kind === 'any-one');
}

const wildcardIsLiteral: ConditionRule = ({ operator, values, path }) => {
  const { base } = parseOperatorName(operator);
  const value = exactOperators.has(base) ? values.find(hasWildcard) : undefined;
  if (value === undefined) return undefined;
  const like = base.includes('Not') ? 'StringNotLike' : 'StringLike';
  const message = `${operator} compares ${quote(value)} letter by letter: * and ? are no wildcards there`;
  return { severity: 'warn', message, remedy: `Use ${like} for wildcards, \${*} and \${?} for the letters`, path };
};

const passesWithoutKey: ConditionRule = ({ operator, key, path }, { effect }) => {
  const { qualifier, ifExists } = parseOperatorName(operator);
  if (effect === 'Deny' || (!ifExists && qualifier !== 'ForAllValues')) return undefined;
  const message = `${operator} in an Allow passes for a request that has no ${key} at all`;
  return { severity: 'warn', message, remedy: `Add a Null condition that demands ${key}, or another operator`, path };
};

const keyIsArn: ConditionRule = ({ key, path }) => {
  if (!/^(?:arn:|https?:\/\/)/i.test(key)) return undefined;
  const message = `no request has the key ${quote(key)}: keys begin with the issuer's host and path`;
  return { severity: 'refuse', message, remedy: 'Leave out the ARN and the scheme: HOST/PATH:sub', path };
};

const subjectAsAudience: ConditionRule = ({ key, values, path }) => {
  const value = values.find((candidate) => candidate.startsWith('system:serviceaccount:'));
  if (value === undefined || !key.toLowerCase().endsWith(':aud')) return undefined;
  const message = `${quote(value)} is a subject, and ${key} is the audience`;
  return { severity: 'refuse', message, remedy: 'Test the key that ends with :sub, and :aud for the audience', path };
};

/** The hosts and paths of the providers a statement names. */
function providersOf({ principal }: Statement): readonly string[] {
  if (principal === undefined || principal.negated) return [];
  return principal.items.flatMap(({ id }) => providerShape.exec(id)?.[1]?.toLowerCase() ?? []);
}

const keyOfOtherProvider: ConditionRule = (condition, statement) => {
  const { key, path } = condition;
  const providers = providersOf(statement);
  const [, prefix] = tokenKey.exec(key.toLowerCase()) ?? [];
  if (prefix === undefined || providers.length === 0 || providers.includes(prefix)) return undefined;
  if (keyIsArn(condition, statement) !== undefined) return undefined;
  const message = `${key} belongs to no provider of this statement: none of its requests has the key`;
  return { severity: 'warn', message, remedy: `Begin the key with ${quote(providers[0] ?? '')}`, path };
};

const rules: readonly ConditionRule[] = [
  wildcardIsLiteral,
  passesWithoutKey,
  keyIsArn,
  subjectAsAudience,
  keyOfOtherProvider,
];

export const conditionRules: readonly Rule[] = rules.map(
  (rule): Rule =>
    (statement) =>
      statement.conditions.flatMap((condition) => rule(condition, statement) ?? []),
);
