// Every case file of injection under admission policies: the pod that comes back is what the webhook would have made of
// it, as this API server itself completes that, and the warnings say the same.
import { beforeAll, describe, expect, it } from 'vitest';
import { policyObjects } from '../../../src/core/admission-policy/index.ts';
import { isObject, objectOf } from '../../../src/core/injection/index.ts';
import { caseName, limitOf } from '../../core/admission-policy/differences.ts';
import { configOf, type InjectionCase, outcome, readCases } from '../../core/injection/cases.ts';
import type { Api } from '../api.ts';
import { createPodBefore, inGroup, installPolicies, serviceAccount, submitPod, toldBy } from '../policies.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster();

interface Row {
  readonly name: string;
  readonly title: string;
  /** In a namespace of its own. */
  readonly given: InjectionCase;
  /** No policy is about it. */
  readonly untouched: string;
  /** Cases of one configuration. */
  readonly group: string;
  readonly expected: Readonly<Record<string, unknown>>;
}

const groups = new Map<string, string>();

/** Cases of one configuration share their policies; a namespace that the configuration names is in one case only. */
function groupOf(name: string, { allowedRoles, ownProfiles, profiles, settings }: InjectionCase): string {
  const key = JSON.stringify([profiles, ownProfiles, settings, allowedRoles && name]);
  const group = groups.get(key) ?? `g${groups.size}`;
  groups.set(key, group);
  return group;
}

const rows: readonly Row[] = readCases().map(({ file, given: original, title }, index) => {
  const name = caseName(file);
  const own = (namespace: string) => `c${index}-${namespace}`;
  const allowedRoles = original.allowedRoles?.map((row) => ({ ...row, namespace: own(row.namespace) }));
  const given = { ...original, namespace: own(original.namespace), ...(allowedRoles && { allowedRoles }) };
  const group = groupOf(name, given);
  // A pod that there is before is the only one of its name.
  const untouched = given.before === undefined ? 'untouched' : `u-${given.namespace}`;
  return { name, title, given, untouched, group, expected: outcome(given) };
});

// Where something is to change, it shows when the policies are in effect: those first.
const isSeen = ({ expected }: Row) => 'pod' in expected || 'refused' in expected || 'warnings' in expected;
const inOrder = [...rows.filter(isSeen), ...rows.filter((row) => !isSeen(row))];
const alike = inOrder.filter(({ expected }) => limitOf(expected) === undefined);
const different = inOrder.filter(({ expected }) => limitOf(expected) !== undefined);

function accountOf({ pod }: InjectionCase): string {
  const name = (isObject(pod) ? objectOf(pod, 'spec') : undefined)?.['serviceAccountName'];
  return typeof name === 'string' && name !== '' ? name : 'default';
}

async function prepare(api: Api, { given, group, untouched }: Row): Promise<void> {
  const namespaces = [{ name: given.namespace, labels: inGroup(group) }];
  if (given.before !== undefined) namespaces.push({ name: untouched, labels: {} });
  for (const { labels, name } of namespaces) {
    await api.create('/api/v1/namespaces', { metadata: { name, labels, annotations: given.namespaceAnnotations } });
    const accounts = `/api/v1/namespaces/${name}/serviceaccounts`;
    // The mapping of a case names an account that the API server would not let a pod have unless it is there.
    await api.create(accounts, serviceAccount(accountOf(given), given.serviceAccount?.annotations));
    await api.create(accounts, serviceAccount('bare'));
    await createPodBefore(api, name, given);
  }
}

/** What comes back: the pod, and what is told. */
async function seen(api: Api, { given }: Row) {
  const answer = await submitPod(api, given.namespace, given.pod, given.before);
  return { status: answer.status, spec: answer.body['spec'], told: toldBy(answer).join(' ') };
}

function toldFor({ expected }: Row): unknown {
  const { reason, refused, warnings } = expected;
  const advice = Array.isArray(warnings) ? warnings.join(' ') : '';
  // The remedy follows the sentence.
  return refused === undefined || refused === 'pod-malformed'
    ? advice
    : expect.stringContaining(String(reason).replace(/^refused: /, 'not injected: '));
}

/** What would come back if the pod were written as the webhook makes it. */
async function wanted(api: Api, row: Row) {
  const { expected, given, untouched } = row;
  const { body, status } = await submitPod(api, untouched, expected['pod'] ?? given.pod, given.before);
  return { status, spec: body['spec'], told: toldFor(row) };
}

beforeAll(async () => {
  const { api } = cluster();
  await api.create('/api/v1/namespaces', { metadata: { name: 'untouched' } });
  for (const name of new Set(rows.map(({ given }) => accountOf(given)))) {
    await api.create('/api/v1/namespaces/untouched/serviceaccounts', serviceAccount(name));
  }
  for (let at = 0; at < rows.length; at += 8) await Promise.all(rows.slice(at, at + 8).map((row) => prepare(api, row)));
  const done = new Set<string>();
  for (const { given, group } of rows) {
    if (done.has(group)) continue;
    done.add(group);
    const objects = policyObjects(configOf(given), {
      apiVersion: 'v1',
      failurePolicy: 'Fail',
      onRefusal: 'warn',
      watchNamespaces: true,
      serviceAccountLabel: undefined,
    });
    await installPolicies(api, group, objects);
  }
});

const patience = { timeout: 20_000, interval: 250 };

describe('a pod under an admission policy', () => {
  it.each(alike)('$title ($name)', async (row) => {
    const { api } = cluster();
    const want = await wanted(api, row);
    await expect.poll(() => seen(api, row), patience).toEqual(want);
  });

  it.each(different)('which cannot do this: $title ($name)', async (row) => {
    const { api } = cluster();
    const want = await wanted(api, row);
    expect(await seen(api, row)).not.toEqual(want);
  });
});
