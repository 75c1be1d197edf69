// What judging by policies costs, in decisions per second of processor time. Contexts are built
// beforehand; a decision is all that `evaluate` does, its reason in words included.
import {
  type Context,
  evaluate,
  evaluateSession,
  FoldedContext,
  type NamedPolicy,
  type PolicyKind,
  type PolicyRequest,
  readStoredPolicy,
} from '../src/core/policy/index.ts';
import { Refusal } from '../src/core/refusals/index.ts';

type Json = Readonly<Record<string, unknown>>;

const account = '111122223333';
const clusters = ['cluster-a.example/id/9f2c41d07b', 'cluster-b.example/id/5e81a6c3f4'];
const [home = '', other = ''] = clusters;
const action = 'sts:AssumeRoleWithWebIdentity';
const providerOf = (host: string) => `arn:aws:iam::${account}:oidc-provider/${host}`;

const trusts = (host: string, subject: string): Json => ({
  Effect: 'Allow',
  Principal: { Federated: providerOf(host) },
  Action: action,
  Condition: { StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' }, StringLike: { [`${host}:sub`]: subject } },
});

/** Two clusters and a namespace that may never have the role: what people write. */
const ordinary = (role: string): readonly Json[] => [
  trusts(other, `system:serviceaccount:checkout:${role}-*`),
  trusts(home, `system:serviceaccount:checkout:${role}-*`),
  {
    Effect: 'Deny',
    Principal: '*',
    Action: '*',
    Condition: { StringLike: { [`${home}:sub`]: 'system:serviceaccount:sandbox:*' } },
  },
];

/** One short statement for each of so many namespaces, as many as a document holds; the request's stands last. */
const manyNamespaces = (role: string, count: number): readonly Json[] =>
  Array.from({ length: count }, (_, i) => ({
    Effect: 'Allow',
    Principal: '*',
    Action: action,
    Condition: {
      StringLike: { [`${home}:sub`]: `system:serviceaccount:${i + 1 === count ? 'checkout' : `team-${i}`}:${role}-*` },
    },
  }));

const textOf = (statements: readonly Json[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

function compile(text: string, kind: PolicyKind): NamedPolicy {
  const policy = readStoredPolicy(text, kind);
  if (policy instanceof Refusal) throw new Error(policy.explain());
  return { name: 'the policy', policy };
}

/** What an exchange asks with: the claims of a projected token, under the issuer's keys. */
const claimsOf = (serviceAccount: string): Context =>
  new Map([
    [`${home}:sub`, [`system:serviceaccount:checkout:${serviceAccount}`]],
    [`${home}:aud`, ['sts.amazonaws.com']],
    [`${home}:kubernetes.io/namespace`, ['checkout']],
    [`${home}:kubernetes.io/serviceaccount/name`, [serviceAccount]],
    [`${home}:kubernetes.io/serviceaccount/uid`, ['8f7c8b42-7f0e-4f13-9d8f-0d3c1e5b7a66']],
    [`${home}:kubernetes.io/pod/name`, [`${serviceAccount}-6d5c7f9b8-x2x7q`]],
    [`${home}:kubernetes.io/pod/uid`, ['0c0f5f4e-3a0c-4c1c-8e0b-6b1f6c1f2d11']],
    [`${home}:kubernetes.io/node/name`, ['node-17.example']],
    ['sts:RoleSessionName', ['web']],
    ['aws:CurrentTime', ['2026-11-21T19:30:00.000Z']],
    ['aws:EpochTime', ['1795289400']],
    ['aws:SourceIp', ['10.20.30.40']],
  ]);

const exchange = (context: PolicyRequest['context']): PolicyRequest => ({
  action,
  principal: { type: 'Federated', id: providerOf(home) },
  context,
});

/** Ten attached policies, of which the last allows what is asked: reading one bucket's objects of one's own team. */
const attached: readonly NamedPolicy[] = Array.from({ length: 10 }, (_, i) =>
  compile(
    textOf([
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'],
        Resource: [`arn:aws:s3:::data-${i}`, `arn:aws:s3:::data-${i}/\${aws:PrincipalTag/kubernetes-namespace}/*`],
      },
      { Effect: 'Deny', Action: 's3:Delete*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]),
    'permission',
  ),
);

const reading: PolicyRequest = {
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::data-9/checkout/orders/2026/11/21.json',
  context: new Map([
    ['aws:PrincipalArn', [`arn:aws:iam::${account}:role/web`]],
    ['aws:PrincipalTag/kubernetes-namespace', ['checkout']],
    ['aws:SecureTransport', ['true']],
    ['aws:SourceIp', ['10.20.30.40']],
  ]),
};

/** How often a thing can be done per second of this process's own processor time, once it is warm. */
function perCpuSecond(work: () => unknown): number {
  const seconds = 0.5;
  for (let i = 0; i < 20_000; i += 1) work();
  const before = process.cpuUsage();
  for (let done = 0; ; ) {
    for (let i = 0; i < 1_000; i += 1) work();
    done += 1_000;
    const { user, system } = process.cpuUsage(before);
    const used = (user + system) / 1e6;
    if (used >= seconds) return done / used;
  }
}

export interface TrustFigures {
  /** Two issuers and a Deny, sub by StringLike, aud by StringEquals: allowed, for a context that is folded already. */
  readonly perCpuSecond: number;
  /** The same, where each evaluation folds the keys of its own context. */
  readonly unfolded: number;
  /** Refused: the reason says what the nearest statement wanted. */
  readonly refused: number;
  readonly oneStatement: number;
  readonly hundredStatements: number;
  /** Reading and compiling such a policy from its text, which its first use costs. */
  readonly compiled: number;
}

/** Many roles' policies and many pods in turn, so that no figure is of one policy that the compiler knows by heart. */
const variants = 64;

function judging(
  statements: (role: string) => readonly Json[],
  contextOf: (role: string) => PolicyRequest['context'],
): number {
  const cases = Array.from({ length: variants }, (_, i) => {
    const role = `web${i}`;
    return { policies: [compile(textOf(statements(role)), 'trust')], request: exchange(contextOf(role)) };
  });
  let turn = 0;
  return perCpuSecond(() => {
    const asked = cases[(turn += 1) % variants];
    return asked && evaluate(asked.policies, asked.request);
  });
}

function trustEvaluations(): TrustFigures {
  const allowed = (role: string) => new FoldedContext(claimsOf(`${role}-7`));
  const text = textOf(ordinary('web'));
  return {
    perCpuSecond: judging(ordinary, allowed),
    unfolded: judging(ordinary, (role) => claimsOf(`${role}-7`)),
    refused: judging(ordinary, () => new FoldedContext(claimsOf('batch'))),
    oneStatement: judging((role) => manyNamespaces(role, 1), allowed),
    hundredStatements: judging((role) => manyNamespaces(role, 100), allowed),
    compiled: perCpuSecond(() => readStoredPolicy(text, 'trust')),
  };
}

const whole = (value: number) => Math.round(value).toLocaleString('en');

/** Decisions per second of processor time: on trust policies, and on a request of a role with ten attached policies. */
export function printPolicies(): void {
  const trust = trustEvaluations();
  console.log('policies');
  console.log(`  trust policy of three statements: ${whole(trust.perCpuSecond)} evaluations per CPU second`);
  console.log(
    `    its context folded for each: ${whole(trust.unfolded)}; refused, with the reason: ${whole(trust.refused)}`,
  );
  console.log(`    of 1 statement: ${whole(trust.oneStatement)}; of 100: ${whole(trust.hundredStatements)}`);
  console.log(`    read and compiled, three statements: ${whole(trust.compiled)} per CPU second`);
  const permissions = perCpuSecond(() => evaluateSession({ identity: attached }, reading));
  console.log(`  permissions, ten attached policies: ${whole(permissions)} per CPU second`);
}
