// The same IAM calls by boto3 on moto and on us are answered alike: the same members, the same values but for ids and
// times, the same error codes. Where we differ, this file says why.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { serveIam } from './iam-endpoint.ts';
import { sequence } from './moto/sequence.ts';
import { provide } from './toolchain.ts';

const outcomesShape = z.array(z.union([z.object({ answer: z.unknown() }), z.object({ error: z.string() })]));
type Outcomes = z.infer<typeof outcomesShape>;

interface Target {
  readonly endpoint: string | null;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

async function play(target: Target): Promise<Outcomes> {
  const { place, interpreter } = await provide('moto');
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const env = { PATH: process.env['PATH'] ?? '', PYTHONPATH: place, HOME: place };
  const options = { env, maxBuffer: 64 * 1024 * 1024 };
  const child = execFile(interpreter, [join(import.meta.dirname, 'moto/calls.py')], options, (error, stdout) =>
    error ? reject(error) : resolve(stdout),
  );
  child.stdin?.end(JSON.stringify({ ...target, calls: sequence }));
  const told: unknown = JSON.parse(await promise);
  return outcomesShape.parse(told);
}

async function playOnUs(): Promise<Outcomes> {
  const { endpoint, rootKey, close } = await serveIam();
  try {
    return await play({ endpoint, ...rootKey });
  } finally {
    await close();
  }
}

/** Where an answer of ours differs from moto's, and why ours is as it is. */
interface Difference {
  readonly operations: readonly string[];
  readonly reason: string;
  /** The member that is not compared, wherever it stands in the answer. */
  readonly member?: string;
  /** The list whose order is not compared. */
  readonly unordered?: string;
}

/** Lines of the account's summary that differ for one reason. */
const summary = (reason: string, members: readonly string[]): readonly Difference[] =>
  members.map((member) => ({ operations: ['get_account_summary'], member, reason: `${member}: ${reason}` }));

const differences: readonly Difference[] = [
  {
    operations: ['create_open_id_connect_provider'],
    member: 'Tags',
    reason: 'AWS’s API answers with the tags, moto without',
  },
  {
    operations: ['create_policy', 'get_policy', 'list_policies', 'get_account_authorization_details'],
    member: 'PermissionsBoundaryUsageCount',
    reason: 'moto does not count boundaries',
  },
  {
    operations: ['create_policy'],
    member: 'Description',
    reason: 'what was given is answered, as for roles; moto tells it with get_policy only',
  },
  {
    operations: ['create_policy_version', 'list_policy_versions'],
    member: 'Document',
    reason: 'AWS’s API has the document with GetPolicyVersion and GetAccountAuthorizationDetails only',
  },
  {
    operations: ['list_policy_versions', 'list_instance_profiles_for_role'],
    member: 'IsTruncated',
    reason: 'AWS’s API always says whether there is more',
  },
  {
    operations: ['list_policy_versions'],
    unordered: 'Versions',
    reason: 'the newest stands first, as AWS has it; moto lists them as they were made',
  },
  {
    operations: ['get_account_authorization_details'],
    unordered: 'PolicyVersionList',
    reason: 'the newest stands first, as AWS has it; moto lists them as they were made',
  },
  {
    operations: ['get_account_authorization_details'],
    member: 'PolicyName',
    reason: 'moto leaves a policy’s name out of its details',
  },
  {
    operations: ['get_account_authorization_details'],
    member: 'PolicyId',
    reason: 'moto leaves a policy’s id out of its details',
  },
  ...summary('there is no room for what is not kept here; moto tells AWS’s figures', [
    'AccessKeysPerUserQuota',
    'AttachedPoliciesPerGroupQuota',
    'AttachedPoliciesPerUserQuota',
    'GroupPolicySizeQuota',
    'GroupsPerUserQuota',
    'GroupsQuota',
    'InstanceProfilesQuota',
    'ServerCertificatesQuota',
    'SigningCertificatesPerUserQuota',
    'UserPolicySizeQuota',
    'UsersQuota',
  ]),
  ...summary('trust policies may be longer here', ['AssumeRolePolicySizeQuota']),
  ...summary('the account’s own key is there; moto’s has none', ['AccountAccessKeysPresent']),
  ...summary('moto does not tell whether there is a password', ['AccountPasswordPresent']),
  ...summary('session tokens are of the second form', ['GlobalEndpointTokenVersion']),
  ...summary('every version counts, and has room; moto counts policies', [
    'PolicyVersionsInUse',
    'PolicyVersionsInUseQuota',
  ]),
];

function without(value: unknown, known: readonly Difference[]): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, known));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([name]) => known.every(({ member }) => member !== name))
    // A map has no order.
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, item]) => {
      const rest = without(item, known);
      const isUnordered = known.some(({ unordered }) => unordered === name) && Array.isArray(rest);
      return [name, isUnordered ? rest.map((one) => JSON.stringify(one)).sort() : rest];
    });
  return Object.fromEntries(entries);
}

/** What both sides are compared by, with the differences left out that are known of the operation. */
const compared = (outcome: unknown, operation: string, known: readonly Difference[]) =>
  without(
    outcome,
    known.filter(({ operations }) => operations.includes(operation)),
  );

/** The calls whose outcomes differ, for the difference to be read. */
function differing({ theirs, ours }: Readonly<Record<'theirs' | 'ours', Outcomes>>, known: readonly Difference[]) {
  return sequence.flatMap(([operation, parameters], i) => {
    const [moto, us] = [theirs[i], ours[i]].map((outcome) => compared(outcome, operation, known));
    return JSON.stringify(moto) === JSON.stringify(us) ? [] : [{ operation, parameters, moto, us }];
  });
}

describe('moto and we', () => {
  beforeAll(() => provide('moto'), 600_000);

  test('answer the same calls alike, but for the differences that are listed', async () => {
    const [theirs, ours] = await Promise.all([play({ endpoint: null }), playOnUs()]);
    const played = { theirs, ours };
    expect([theirs.length, ours.length]).toEqual([sequence.length, sequence.length]);
    expect(differing(played, differences)).toEqual([]);
    for (const difference of differences) {
      const others = differences.filter((other) => other !== difference);
      const found = differing(played, others).map(({ operation }) => operation);
      expect([...new Set(found)].sort(), difference.reason).toEqual([...difference.operations].sort());
    }
  });
});
