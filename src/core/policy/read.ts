// Reads the JSON of a policy into its typed form. What has the wrong shape is refused with its path; what is well shaped
// but unknown (an element, an operator, a principal's type) is kept, for compile.ts to doubt.
import { Refusal, refuse } from '../refusals/index.ts';
import { isObject, type JsonObject } from '../wire/index.ts';
import {
  type ConditionEntry,
  documentElements,
  type Effect,
  type Listed,
  longestValue,
  type PolicyDocument,
  type PolicyKind,
  type PolicyVersion,
  type PrincipalEntry,
  policyVersions,
  type Statement,
  statementElements,
} from './document.ts';
import { memberPath } from './positions.ts';

/** A value of the document and where it stands. */
interface Found {
  readonly kind: PolicyKind;
  readonly path: string;
  readonly value: unknown;
}

type Reader<Result> = (found: Found) => Result | Refusal;

const longestSid = 128;
const printable = /^[ -~]*$/;

function malformed({ kind, path }: Found, problem: string, advice: string): Refusal {
  return refuse('policy-malformed', { kind, path, problem, advice });
}

function member(found: Found, object: JsonObject, name: string): Found {
  const path = memberPath(found.path, name);
  return { kind: found.kind, path, value: Object.hasOwn(object, name) ? object[name] : undefined };
}

/** One value, or a list of at least one: both are written in policies. */
function readSome<Item>(found: Found, read: Reader<Item>): Item[] | Refusal {
  const { kind, path, value } = found;
  const listed = Array.isArray(value)
    ? value.map((item: unknown, i) => ({ kind, path: `${path}[${i}]`, value: item }))
    : [found];
  if (listed.length === 0) return malformed(found, 'is an empty list', 'Name a value, or leave the element out');
  const items: Item[] = [];
  for (const one of listed) {
    const item = read(one);
    if (item instanceof Refusal) return item;
    items.push(item);
  }
  return items;
}

const readText: Reader<string> = (found) => {
  const { value } = found;
  if (typeof value !== 'string' || value === '') {
    return malformed(found, 'is no text', 'Write a text that is not empty, in double quotes, or a list of them');
  }
  if (value.length > longestValue) {
    return malformed(found, `has ${value.length} characters`, `Use at most ${longestValue}`);
  }
  return value;
};

/** Numbers and booleans may stand for their texts. */
const readConditionValue: Reader<string> = (found) => {
  const { value } = found;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === '' ? '' : readText(found);
};

function readPair<Item>(
  found: Found,
  statement: JsonObject,
  name: string,
  read: (element: Found) => readonly Item[] | Refusal,
): Listed<Item> | Refusal {
  const both = [member(found, statement, name), member(found, statement, `Not${name}`)];
  const present = both.filter((element) => element.value !== undefined);
  const [element] = present;
  if (element === undefined || present.length > 1) {
    const problem = element === undefined ? `has neither ${name} nor Not${name}` : `has both ${name} and Not${name}`;
    return malformed(found, problem, `Write exactly one of ${name} and Not${name}`);
  }
  const items = read(element);
  if (items instanceof Refusal) return items;
  return { path: element.path, negated: element === both[1], items };
}

const readTexts = (found: Found) => readSome(found, readText);

const principalAdvice = 'Write "*", or an object such as {"Federated": "arn:aws:iam::ACCOUNT:oidc-provider/HOST"}';

function readPrincipals(found: Found): readonly PrincipalEntry[] | Refusal {
  const { value } = found;
  if (value === '*') return [{ type: '*', id: '*' }];
  if (!isObject(value)) return malformed(found, 'is neither "*" nor an object', principalAdvice);
  const entries: PrincipalEntry[] = [];
  for (const type of Object.keys(value)) {
    const ids = readTexts(member(found, value, type));
    if (ids instanceof Refusal) return ids;
    entries.push(...ids.map((id) => ({ type, id })));
  }
  return entries.length > 0 ? entries : malformed(found, 'names nobody', principalAdvice);
}

function readOperator(found: Found, operator: string): readonly ConditionEntry[] | Refusal {
  const { value } = found;
  if (!isObject(value) || Object.keys(value).length === 0) {
    return malformed(found, 'is no object of condition keys', 'Write it as {"condition key": "value"}');
  }
  const entries: ConditionEntry[] = [];
  for (const key of Object.keys(value)) {
    const element = member(found, value, key);
    if (key === '' || key.length > longestValue) {
      return malformed(element, 'is no condition key', 'Write a key such as aws:SourceIp');
    }
    const values = readSome(element, readConditionValue);
    if (values instanceof Refusal) return values;
    entries.push({ path: element.path, operatorPath: found.path, operator, key, values });
  }
  return entries;
}

function readConditions(found: Found): readonly ConditionEntry[] | Refusal {
  const { value } = found;
  if (value === undefined) return [];
  if (!isObject(value)) return malformed(found, 'is no object', 'Write it as {"operator": {"condition key": "value"}}');
  const entries: ConditionEntry[] = [];
  for (const operator of Object.keys(value)) {
    const ofOperator = readOperator(member(found, value, operator), operator);
    if (ofOperator instanceof Refusal) return ofOperator;
    entries.push(...ofOperator);
  }
  return entries;
}

function readSid(found: Found): string | undefined | Refusal {
  const { value } = found;
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > longestSid || !printable.test(value)) {
    const advice = `Use at most ${longestSid} printable ASCII characters`;
    return malformed(found, 'is no name of a statement', advice);
  }
  return value;
}

const readEffect: Reader<Effect> = (found) =>
  found.value === 'Allow' || found.value === 'Deny'
    ? found.value
    : malformed(found, 'is neither "Allow" nor "Deny"', 'Write one of the two, with that case');

const readStatement: Reader<Statement> = (found) => {
  const { kind, path, value } = found;
  if (!isObject(value)) return malformed(found, 'is no object', 'Write an object with Effect and Action');
  const known = statementElements[kind];
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  const sid = readSid(member(found, value, 'Sid'));
  if (sid instanceof Refusal) return sid;
  const effect = readEffect(member(found, value, 'Effect'));
  if (effect instanceof Refusal) return effect;
  const principal = kind === 'trust' ? readPair(found, value, 'Principal', readPrincipals) : undefined;
  if (principal instanceof Refusal) return principal;
  const action = readPair(found, value, 'Action', readTexts);
  if (action instanceof Refusal) return action;
  const resource = kind === 'permission' ? readPair(found, value, 'Resource', readTexts) : undefined;
  if (resource instanceof Refusal) return resource;
  const conditions = readConditions(member(found, value, 'Condition'));
  if (conditions instanceof Refusal) return conditions;
  const paths = unknown.map((name) => member(found, value, name).path);
  return { path, sid, effect, principal, action, resource, conditions, unknown: paths };
};

/** Absent, it is 2008-10-17, as AWS has it. */
function readVersion(found: Found): PolicyVersion | Refusal {
  if (found.value === undefined) return '2008-10-17';
  const version = policyVersions.find((known) => known === found.value);
  return version ?? malformed(found, 'is no version of the policy language', 'Write "2012-10-17"');
}

function repeatedSid(found: Found, statements: readonly Statement[]): Refusal | undefined {
  const seen = new Set<string>();
  for (const { sid, path } of statements) {
    if (sid && seen.has(sid)) {
      const problem = `repeats the Sid ${JSON.stringify(sid)}`;
      return malformed({ ...found, path }, problem, 'Give each statement a Sid of its own, or none');
    }
    if (sid) seen.add(sid);
  }
  return undefined;
}

/** The document in a JSON value. */
export function readDocument(value: unknown, kind: PolicyKind): PolicyDocument | Refusal {
  const document: Found = { kind, path: '', value };
  if (!isObject(value)) {
    const whole = { ...document, path: 'the document' };
    return malformed(whole, 'is no object', 'Write an object with Version and Statement');
  }
  const unknown = Object.keys(value).find((name) => !documentElements.includes(name));
  if (unknown !== undefined) {
    const { path } = member(document, value, unknown);
    return refuse('policy-unknown-element', { kind, path, known: documentElements.join(', ') });
  }
  const version = readVersion(member(document, value, 'Version'));
  if (version instanceof Refusal) return version;
  const id = member(document, value, 'Id');
  if (id.value !== undefined && typeof id.value !== 'string') return malformed(id, 'is no text', 'Write a text');
  const statements = readSome(member(document, value, 'Statement'), readStatement);
  if (statements instanceof Refusal) return statements;
  return repeatedSid(document, statements) ?? { kind, version, statements };
}
