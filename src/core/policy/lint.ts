// Policies that are valid and yet say something other than their author means. `refuse` is for what gives access away or
// can never work, `warn` for what is worth a second look. Rules are lists; each judges one statement.
import { type Refusal, refuse } from '../refusals/index.ts';
import type { Policy } from './compile.ts';
import type { PolicyKind } from './document.ts';
import type { Finding, Rule } from './finding.ts';
import { conditionRules } from './lint-conditions.ts';
import { subjectRules } from './lint-subject.ts';
import { quote } from './wording.ts';

const notPrincipal: Rule = ({ effect, principal }) => {
  if (principal?.negated !== true) return [];
  const { path } = principal;
  const remedy = 'Name those who may in Principal, and test the rest with conditions';
  if (effect === 'Deny') {
    return [{ severity: 'warn', message: 'NotPrincipal denies everyone who is not listed exactly', remedy, path }];
  }
  return [{ severity: 'refuse', message: 'Allow with NotPrincipal lets everyone in who is not listed', remedy, path }];
};

const everyone: Rule = ({ effect, principal }) => {
  const wild = effect === 'Allow' && principal?.negated === false && principal.items.some(({ id }) => id === '*');
  if (!wild) return [];
  const message = 'the statement is for everyone, whatever provider vouches for them';
  return [{ severity: 'warn', message, remedy: 'Name the provider in Principal.Federated', path: principal.path }];
};

/** What is not listed grows with every service that comes to the platform. */
const allButListed: Rule = ({ effect, action, resource }) =>
  effect === 'Deny'
    ? []
    : [action, resource].flatMap((listed) =>
        listed?.negated === true
          ? {
              severity: 'warn',
              message: 'Allow with NotAction or NotResource reaches everything of every service that is not listed',
              remedy: 'List what is allowed in Action and Resource, or write it as a Deny',
              path: listed.path,
            }
          : [],
      );

const variablesAsText: Rule = ({ resource, conditions }, { version }) => {
  if (version !== '2008-10-17') return [];
  const texts = [
    ...(resource === undefined ? [] : [{ path: resource.path, values: resource.items }]),
    ...conditions.map(({ path, values }) => ({ path, values })),
  ];
  return texts.flatMap(({ path, values }) => {
    const text = values.find((value) => value.includes('${'));
    if (text === undefined) return [];
    const message = `${quote(text)} is no policy variable but text: the document is of version 2008-10-17`;
    return { severity: 'warn', message, remedy: 'Write "Version": "2012-10-17"', path };
  });
};

const trustRules: readonly Rule[] = [
  ...subjectRules,
  notPrincipal,
  everyone,
  ...conditionRules,
  allButListed,
  variablesAsText,
];
const permissionRules: readonly Rule[] = [...conditionRules, allButListed, variablesAsText];

function lint({ document }: Policy, rules: readonly Rule[]): Finding[] {
  return document.statements.flatMap((statement) => rules.flatMap((rule) => rule(statement, document)));
}

export function lintTrustPolicy(policy: Policy): Finding[] {
  return lint(policy, trustRules);
}

export function lintPermissionPolicy(policy: Policy): Finding[] {
  return lint(policy, permissionRules);
}

/** The refusal for the first finding that refuses; undefined where none does. */
export function refuseUnsafe(findings: readonly Finding[], kind: PolicyKind): Refusal | undefined {
  const finding = findings.find(({ severity }) => severity === 'refuse');
  if (finding === undefined) return undefined;
  const { path, message: problem, remedy: advice } = finding;
  return refuse('policy-unsafe', { kind, path, problem, advice });
}
