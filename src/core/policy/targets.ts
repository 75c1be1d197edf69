// What a statement is about: Action and Resource with their Not… forms.
import { refuse } from '../refusals/index.ts';
import { compileResource, variablesInResourceOnly } from './arns.ts';
import { type Compiled, doubtful } from './checks.ts';
import type { Listed, PolicyDocument } from './document.ts';
import { hasVariables } from './operators.ts';
import type { Asked } from './request.ts';
import { compileLike, parseTemplate, type TextTest } from './template.ts';
import { not, some, type Verdict } from './verdict.ts';
import { quote, quoteList } from './wording.ts';

type Rules = Pick<PolicyDocument, 'kind' | 'version'>;

const actionShape = /^(?:\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?_-]+)$/;

const wanted = ({ negated, items }: Listed<string>) =>
  negated ? `anything but ${quoteList(items, 'and')}` : quoteList(items, 'or');

/** Matches without regard to case: AWS names the same operation in more than one. */
export function compileActions(listed: Listed<string>, { kind }: Rules): Compiled {
  const wrong = listed.items.find((action) => !actionShape.test(action));
  if (wrong !== undefined) {
    const problem = `has ${quote(wrong)}, which is no action`;
    const advice = 'Write service:Operation, such as sts:AssumeRoleWithWebIdentity; * and ? are wildcards';
    return doubtful(refuse('policy-malformed', { kind, path: listed.path, problem, advice }));
  }
  const tests = listed.items.map((action) =>
    compileLike(parseTemplate(action.toLowerCase(), { variables: false, wildcards: true }) ?? []),
  );
  return {
    doubts: [],
    check: {
      judge: ({ action, context }) => (tests.some((test) => test(action, context)) === listed.negated ? 'no' : 'yes'),
      explain: ({ request }) => `it is about ${wanted(listed)}, the request is ${quote(request.action)}`,
    },
  };
}

function verdictOf(fits: boolean | undefined): Verdict {
  if (fits === undefined) return 'unsure';
  return fits ? 'yes' : 'no';
}

function compileWritten(resource: string, { version }: Rules): TextTest | undefined {
  const template = parseTemplate(resource, { variables: hasVariables(version), wildcards: true });
  return template !== undefined && variablesInResourceOnly(template) ? compileResource(template) : undefined;
}

/**
 * `*` reaches over `/` but over no colon between an ARN's parts, and case counts. A variable without a value matches
 * nothing; under NotResource, where that would be "everything", it leaves the statement unsure.
 */
export function compileResources(listed: Listed<string>, rules: Rules): Compiled {
  const compiled = listed.items.map((resource) => ({ resource, test: compileWritten(resource, rules) }));
  const wrong = compiled.find(({ test }) => test === undefined);
  if (wrong !== undefined) {
    const problem = `has ${quote(wrong.resource)}, which is no resource`;
    const advice = 'Write * or an ARN of six parts between colons; policy variables stand behind its fifth colon';
    return doubtful(refuse('policy-malformed', { kind: rules.kind, path: listed.path, problem, advice }));
  }
  const tests = compiled.flatMap(({ test }) => (test === undefined ? [] : [test]));
  const fits = ({ resource, context }: Asked) => some(tests, (test) => verdictOf(test(resource, context)));
  return {
    doubts: [],
    check: {
      judge: (asked) => {
        const verdict = fits(asked);
        if (listed.negated) return not(verdict);
        return verdict === 'yes' ? 'yes' : 'no';
      },
      explain: ({ resource }) => `it is about the resource ${wanted(listed)}, the request names ${quote(resource)}`,
    },
  };
}
