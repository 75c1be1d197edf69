// What policies would say to a request that nobody has made: of a role, or of policies that are written down for it.
import { parseRoleArn, roleArn } from '../../../core/identity/index.ts';
import {
  type Context,
  type Decision,
  evaluate,
  evaluateSession,
  type Locate,
  locator,
  type NamedPolicy,
  type Position,
  parsePolicy,
  readStoredPolicy,
  type SessionPolicies,
} from '../../../core/policy/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import type { PermissionPolicy, RoleAccess } from '../../../core/registry/index.ts';
import {
  type Arguments,
  type Content,
  type Field,
  iamForms,
  type ListShape,
  listOf,
  neededList,
  pageShapes,
  required,
  textList,
} from '../../../core/wire/index.ts';
import type { Action, Call, Outcome } from '../call.ts';
import { pageOfAll } from '../paging.ts';

const mostPolicies = 20;
const contextEntries: ListShape = {
  list: 'ContextEntries',
  fields: ['ContextKeyName', 'ContextKeyType', 'ContextKeyValues', 'ContextKeyValues.member'],
  most: 100,
  forms: { ContextKeyName: { shortest: 5, longest: 256 } },
};
const lists: readonly ListShape[] = [
  textList('PolicyInputList', mostPolicies, iamForms.document),
  textList('PermissionsBoundaryPolicyInputList', mostPolicies, iamForms.document),
  neededList(textList('ActionNames', 250, { shortest: 3, longest: 128, pattern: /^[A-Za-z\d-]+:[A-Za-z\d]+$/ })),
  textList('ResourceArns', 250, { shortest: 1, longest: 2048 }),
  contextEntries,
];

/** A policy with where its statements stand, found out once where it is asked for. */
interface Source extends NamedPolicy {
  readonly locate: () => Locate;
}

function sourceOf(name: string, policy: NamedPolicy['policy'], text: string): Source {
  let found: Locate | undefined;
  return { name, policy, locate: () => (found ??= locator(text)) };
}

interface Simulation {
  readonly identity: readonly Source[];
  readonly boundary: readonly Source[] | undefined;
  readonly context: Context;
}

function readInputs(args: Arguments, list: string): readonly Source[] | Refusal {
  const sources: Source[] = [];
  for (const [index, text] of args.texts(list).entries()) {
    const policy = parsePolicy(text, 'permission');
    if (policy instanceof Refusal) return policy;
    sources.push(sourceOf(`${list}.${index + 1}`, policy, text));
  }
  return sources;
}

/** What is stored and cannot be read allows nothing, and lets nothing beside it allow: so it is for sessions, too. */
function readStored(stored: readonly PermissionPolicy[]): readonly Source[] {
  const sources = stored.flatMap(({ name, document }) => {
    const policy = readStoredPolicy(document, 'permission');
    return policy instanceof Refusal ? [] : [sourceOf(name, policy, document)];
  });
  return sources.length === stored.length ? sources : [];
}

function readContext(args: Arguments): Map<string, readonly string[]> {
  return new Map(
    args.items('ContextEntries').map((item) => {
      const values = [...item].filter(([name]) => name.startsWith('ContextKeyValues.member.'));
      return [item.get('ContextKeyName') ?? '', values.map(([, value]) => value)];
    }),
  );
}

/** @param access the role whose policies are tried, where it is one's */
function readSimulation(args: Arguments, access: RoleAccess | undefined): Simulation | Refusal {
  const inputs = readInputs(args, 'PolicyInputList');
  if (inputs instanceof Refusal) return inputs;
  const bounds = readInputs(args, 'PermissionsBoundaryPolicyInputList');
  if (bounds instanceof Refusal) return bounds;
  const own = access === undefined ? [] : readStored([...access.inline, ...access.attached]);
  const bound = access?.boundary === undefined ? undefined : readStored([access.boundary]);
  return { identity: [...own, ...inputs], boundary: bounds.length > 0 ? bounds : bound, context: readContext(args) };
}

const decisions = { allow: 'allowed', 'explicit-deny': 'explicitDeny', 'implicit-deny': 'implicitDeny' } as const;

const positionFields = ({ line, column }: Position): readonly Field[] => [
  ['Line', line],
  ['Column', column],
];

function matchedStatements(
  { policy: name, statement = '' }: Decision,
  { identity, boundary = [] }: Simulation,
): Content {
  const source = [...identity, ...boundary].find((candidate) => candidate.name === name);
  if (source === undefined) return { members: [] };
  const [path = ''] = statement.split(' ', 1);
  const { start, end } = source.locate()(path);
  const fields: readonly Field[] = [
    ['SourcePolicyId', source.name],
    ['SourcePolicyType', 'IAM Policy'],
    ['StartPosition', positionFields(start)],
    ['EndPosition', positionFields(end)],
  ];
  return { members: [fields] };
}

/** Condition keys that the policies ask about and the simulation does not give. */
function missingKeys({ identity, boundary = [], context }: Simulation): readonly string[] {
  const given = new Set([...context.keys()].map((key) => key.toLowerCase()));
  const statements = [...identity, ...boundary].flatMap(({ policy }) => policy.document.statements);
  const asked = statements.flatMap(({ conditions }) => conditions.map(({ key }) => key));
  return [...new Set(asked)].filter((key) => !given.has(key.toLowerCase()));
}

interface Question {
  readonly action: string;
  readonly resource: string;
}

function answerQuestion(simulation: Simulation, missing: Content, { action, resource }: Question): readonly Field[] {
  const { identity, boundary, context } = simulation;
  const request = { action, resource, context };
  const policies: SessionPolicies = { identity, ...(boundary !== undefined && { boundary }) };
  const decision = evaluateSession(policies, request);
  const isWithin = boundary === undefined ? undefined : evaluate(boundary, request).outcome === 'allowed';
  return [
    ['EvalActionName', action],
    ['EvalResourceName', resource],
    ['EvalDecision', decisions[decision.basis]],
    ['MatchedStatements', matchedStatements(decision, simulation)],
    ['MissingContextValues', missing],
    [
      'PermissionsBoundaryDecisionDetail',
      isWithin === undefined ? undefined : [['AllowedByPermissionsBoundary', isWithin]],
    ],
  ];
}

function tell({ args, paging }: Call, access: RoleAccess | undefined): Outcome {
  const simulation = readSimulation(args, access);
  if (simulation instanceof Refusal) return simulation;
  const resources = args.texts('ResourceArns');
  const asked = resources.length === 0 ? ['*'] : resources;
  const questions = args.texts('ActionNames').flatMap((action) => asked.map((resource) => ({ action, resource })));
  const { items, next } = pageOfAll(questions, paging.query);
  const missing = listOf(missingKeys(simulation), (key) => key);
  const results = listOf(items, (question) => answerQuestion(simulation, missing, question));
  return { result: [['EvaluationResults', results], ...paging.fields(next)] };
}

const simulatePrincipal: Action = {
  name: 'SimulatePrincipalPolicy',
  takes: { shapes: [required('PolicySourceArn', iamForms.arn), ...pageShapes], lists },
  about: (call) => {
    const arn = call.args.text('PolicySourceArn');
    const named = parseRoleArn(arn);
    if (named === undefined) {
      return refuse('iam-arn-malformed', { arn: arn.slice(0, 256), form: 'arn:aws:iam::ACCOUNT:role/NAME' });
    }
    return {
      resource: arn,
      proceed: async () => {
        const isOwn = named.account === call.accountId;
        const access = isOwn ? await call.records.roles.access(named.name) : undefined;
        if (access === undefined || roleArn({ ...named, path: access.role.path }) !== arn) {
          return refuse('iam-role-absent', { name: named.name });
        }
        return tell(call, access);
      },
    };
  },
};

const simulateCustom: Action = {
  name: 'SimulateCustomPolicy',
  takes: { shapes: pageShapes, lists },
  about: (call) => ({ resource: '*', proceed: () => tell(call, undefined) }),
};

export const simulationActions: readonly Action[] = [simulatePrincipal, simulateCustom];
