// Who a trust policy lets in: an issuer vouches for every pod of its cluster, and only `sub` says which one it is.
import type { ConditionEntry, PolicyDocument, Statement } from './document.ts';
import type { Rule } from './finding.ts';
import { findOperator, hasVariables, parseOperatorName } from './operators.ts';
import { parseTemplate, type Template } from './template.ts';
import { quote } from './wording.ts';

const subjectPrefix = 'system:serviceaccount:';

const isSubjectKey = (key: string) => key.toLowerCase().endsWith(':sub');

/** Whether the operator fails for a request that has no such key, and compares text: only such a test names someone. */
function isPositiveText({ operator: written }: ConditionEntry): boolean {
  const { base, ifExists, qualifier } = parseOperatorName(written);
  const operator = findOperator(base);
  if (operator === undefined || operator.negated || ifExists || qualifier === 'ForAllValues') return false;
  return base.startsWith('String');
}

const wildcardsCount = ({ operator }: ConditionEntry) => parseOperatorName(operator).base === 'StringLike';

function templateOf(value: string, condition: ConditionEntry, { version }: PolicyDocument): Template {
  const syntax = { variables: hasVariables(version), wildcards: wildcardsCount(condition) };
  return parseTemplate(value, syntax) ?? [];
}

/** A value without a letter of its own, such as `*` or `${HOST:sub}`, is anyone's. */
const namesSomeone = (template: Template) => template.some((piece) => piece.kind === 'text');

function subjectTests({ conditions }: Statement): readonly ConditionEntry[] {
  return conditions.filter((condition) => isSubjectKey(condition.key) && isPositiveText(condition));
}

function trustsProvider({ effect, principal }: Statement): boolean {
  if (effect === 'Deny' || principal === undefined || principal.negated) return false;
  return principal.items.some(({ type, id }) => type === 'Federated' || id === '*');
}

const remedy = `Test HOST/PATH:sub with StringEquals against "${subjectPrefix}NAMESPACE:NAME"`;

const subjectIsTested: Rule = (statement, document) => {
  if (!trustsProvider(statement)) return [];
  const tests = subjectTests(statement);
  const namesSomeoneIn = (test: ConditionEntry) =>
    test.values.every((value) => value === '' || namesSomeone(templateOf(value, test, document)));
  if (tests.some(namesSomeoneIn)) return [];
  const [loose] = tests;
  const message =
    loose === undefined
      ? 'nothing tests sub: every pod of the cluster, and of every cluster behind a shared issuer, may have the role'
      : 'the test of sub lets everyone in: every pod of the cluster may have the role';
  return [{ severity: 'refuse', message, remedy, path: loose?.path ?? statement.path }];
};

/** The namespace is open where a wildcard or a variable stands before the colon that ends it. */
function leavesNamespaceOpen(template: Template): boolean {
  const end = template.findIndex((piece) => piece.kind !== 'text');
  if (end < 0) return false;
  const lead = template
    .slice(0, end)
    .map((piece) => (piece.kind === 'text' ? piece.text : ''))
    .join('');
  if (lead.startsWith(subjectPrefix)) return !lead.slice(subjectPrefix.length).includes(':');
  return subjectPrefix.startsWith(lead);
}

/** Conditions join by "and": one test of sub that names the namespace is enough. */
const namespaceIsNamed: Rule = (statement, document) => {
  if (!trustsProvider(statement)) return [];
  const open = subjectTests(statement).map((test) => ({
    path: test.path,
    value: test.values.find((value) => leavesNamespaceOpen(templateOf(value, test, document))),
  }));
  const [first] = open;
  if (first?.value === undefined || open.some(({ value }) => value === undefined)) return [];
  const message = `${quote(first.value)} leaves the namespace open: whoever may create one may have the role`;
  return [{ severity: 'warn', message, remedy: `${remedy}; a wildcard may stand behind NAMESPACE:`, path: first.path }];
};

export const subjectRules: readonly Rule[] = [subjectIsTested, namespaceIsNamed];
