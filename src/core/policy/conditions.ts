// One condition of a statement: an operator, a condition key, and the policy's values.
import { refuse } from '../refusals/index.ts';
import { type Check, type Compiled, doubtful } from './checks.ts';
import type { ConditionEntry, PolicyDocument, PolicyKind } from './document.ts';
import {
  findOperator,
  nullOperator,
  type Operator,
  type OperatorName,
  operatorNames,
  parseOperatorName,
  type ValueTest,
} from './operators.ts';
import type { Asked, RequestContext } from './request.ts';
import { every, not, some, type Verdict } from './verdict.ts';
import { nearestName, quoteList } from './wording.ts';

type Rules = Pick<PolicyDocument, 'kind' | 'version'>;

function has({ context }: Asked, key: string): string {
  const values = context.get(key) ?? [];
  return values.length === 0 ? 'the request has none' : `the request has ${quoteList(values, 'and')}`;
}

/** The key has to be missing for `true`, there for `false`. */
function compileNull(entry: ConditionEntry, kind: PolicyKind): Compiled {
  const key = entry.key.toLowerCase();
  const wanted = entry.values.map((value) => value.toLowerCase());
  if (wanted.some((value) => value !== 'true' && value !== 'false')) return unreadable(entry, kind, 'true or false');
  const explain = (asked: Asked) => `${entry.operator} on ${entry.key} expects ${wanted[0]}, ${has(asked, key)}`;
  const judge = ({ context }: Asked) => {
    const missing = (context.get(key) ?? []).length === 0;
    return wanted.includes(String(missing)) ? 'yes' : 'no';
  };
  return { check: { judge, explain }, doubts: [] };
}

function unreadable({ path }: ConditionEntry, kind: PolicyKind, takes: string): Compiled {
  const problem = 'has a value that its operator cannot read';
  return doubtful(refuse('policy-malformed', { kind, path, problem, advice: `Write ${takes}` }));
}

/**
 * A key that is missing:
 * 1. `IfExists` passes.
 * 2. A set without members has none that fails for `ForAllValues`, and none that fits for `ForAnyValue`.
 * 3. What is not there equals nothing.
 */
function onMissingKey({ ifExists, qualifier }: OperatorName, { negated }: Operator): Verdict {
  if (ifExists) return 'yes';
  if (qualifier !== undefined) return qualifier === 'ForAllValues' ? 'yes' : 'no';
  return negated ? 'yes' : 'no';
}

type ValuesTest = (values: readonly string[], context: RequestContext) => Verdict;

/** The policy's values are alternatives; negated, none of them may fit. */
function valuesTest(tests: readonly ValueTest[], { negated }: Operator, { qualifier }: OperatorName): ValuesTest {
  const judgeOne = (value: string, context: RequestContext) => {
    const fits = some(tests, (test) => test(value, context));
    return negated ? not(fits) : fits;
  };
  if (qualifier === 'ForAllValues') return (values, context) => every(values, (value) => judgeOne(value, context));
  if (qualifier === 'ForAnyValue') return (values, context) => some(values, (value) => judgeOne(value, context));
  // Without a qualifier the key has to have one value: which of several would be meant is not for us to choose.
  return (values, context) => {
    const [value] = values;
    return value === undefined || values.length > 1 ? 'unsure' : judgeOne(value, context);
  };
}

function comparisonCheck(entry: ConditionEntry, operator: Operator, tests: readonly ValueTest[]): Check {
  const key = entry.key.toLowerCase();
  const name = parseOperatorName(entry.operator);
  const onMissing = onMissingKey(name, operator);
  const test = valuesTest(tests, operator, name);
  return {
    judge: ({ context }) => {
      const values = context.get(key);
      return values === undefined || values.length === 0 ? onMissing : test(values, context);
    },
    explain: (asked) => {
      const expected = operator.negated ? `neither ${quoteList(entry.values, 'nor')}` : quoteList(entry.values, 'or');
      return `${entry.operator} on ${entry.key} expects ${expected}, ${has(asked, key)}`;
    },
  };
}

export function compileCondition(entry: ConditionEntry, { kind, version }: Rules): Compiled {
  if (entry.operator === nullOperator) return compileNull(entry, kind);
  const { base } = parseOperatorName(entry.operator);
  const operator = findOperator(base);
  if (operator === undefined) {
    const nearest = nearestName(base, operatorNames);
    return doubtful(refuse('policy-unknown-operator', { kind, path: entry.operatorPath, nearest }));
  }
  const tests = entry.values.map((value) => operator.compile(value, version));
  const readable = tests.filter((test) => test !== undefined);
  if (readable.length < tests.length) return unreadable(entry, kind, operator.takes);
  return { check: comparisonCheck(entry, operator, readable), doubts: [] };
}
