// Whom a trust policy's statement is about (AWS IAM User Guide, "AWS JSON policy elements: Principal"): an exact name, a
// whole account, or everyone. Wildcards inside a name do not exist.
import { refuse } from '../refusals/index.ts';
import { type Compiled, doubtful } from './checks.ts';
import type { Listed, PolicyKind, PrincipalEntry } from './document.ts';
import type { Principal } from './request.ts';
import { quote } from './wording.ts';

type PrincipalTest = (principal: Principal | undefined) => boolean;

const accountShape = /^(?:(\d{12})|arn:([a-z0-9-]+):iam::(\d{12}):root)$/;
const principalTypes = new Set(['Federated', 'AWS', 'Service']);

/** `"*"` and `{"AWS": "*"}` are the same to AWS: everyone, and no principal at all. */
const isEveryone = ({ type, id }: PrincipalEntry) => id === '*' && (type === '*' || type === 'AWS');

/** An account stands for everyone in it; its number alone for that of any partition. */
function accountTest(entry: PrincipalEntry): PrincipalTest | undefined {
  const [matched, number, partition, owner] = accountShape.exec(entry.id) ?? [];
  if (entry.type !== 'AWS' || matched === undefined) return undefined;
  return (principal) => {
    if (principal?.type !== 'AWS') return false;
    const [, ofPartition, , , ofAccount] = principal.id.split(':');
    return ofAccount === (number ?? owner) && (partition === undefined || ofPartition === partition);
  };
}

function entryTest(entry: PrincipalEntry): PrincipalTest {
  if (isEveryone(entry)) return () => true;
  if (entry.id === '*') return (principal) => principal?.type === entry.type;
  return accountTest(entry) ?? ((principal) => principal?.type === entry.type && principal.id === entry.id);
}

/** What is wrong with an entry, if anything. */
function problemOf({ type, id }: PrincipalEntry): { problem: string; advice: string } | undefined {
  if (type !== '*' && !principalTypes.has(type)) {
    return { problem: `has the unknown type ${quote(type)}`, advice: 'Use Federated, AWS or Service' };
  }
  if (id !== '*' && /[*?]/.test(id)) {
    return { problem: `has a wildcard inside ${quote(id)}`, advice: 'Name it exactly, or test a condition key' };
  }
  return undefined;
}

function describe(listed: Listed<PrincipalEntry>): string {
  const shown = listed.items.slice(0, 3).map(({ type, id }) => (type === '*' ? 'everyone' : `${type} ${quote(id)}`));
  const more = listed.items.length > shown.length ? ` or ${listed.items.length - shown.length} more` : '';
  return `${listed.negated ? 'anyone but ' : ''}${shown.join(' or ')}${more}`;
}

const told = (principal: Principal | undefined) =>
  principal === undefined ? 'nobody' : `${principal.type} ${quote(principal.id)}`;

export function compilePrincipals(listed: Listed<PrincipalEntry>, kind: PolicyKind): Compiled {
  for (const entry of listed.items) {
    const wrong = problemOf(entry);
    if (wrong !== undefined) return doubtful(refuse('policy-malformed', { kind, path: listed.path, ...wrong }));
  }
  const tests = listed.items.map(entryTest);
  return {
    doubts: [],
    check: {
      judge: ({ request }) => (tests.some((test) => test(request.principal)) === listed.negated ? 'no' : 'yes'),
      explain: ({ request }) => `it is for ${describe(listed)}, the request comes from ${told(request.principal)}`,
    },
  };
}
