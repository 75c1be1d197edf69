// What a session token carries, and its bytes: short, because the token travels with every request.
import { ByteReader, BytesProblem, ByteWriter } from './compact-bytes.ts';

/** All that a verifier needs to know of a session, so that it asks no database who the caller is. */
export interface SessionFacts {
  readonly accountId: string;
  /** `AROA` and 17 characters: matched instead of the name, so that a role made anew revives no session. */
  readonly roleId: string;
  readonly roleName: string;
  readonly rolePath: string;
  /** `aws` in most ARNs. */
  readonly partition: string;
  readonly sessionName: string;
  readonly secretAccessKey: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The `iss` and `sub` of the token that the session was given for. */
  readonly issuer: string;
  readonly subject: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The policy's JSON text that the session was narrowed to. */
  readonly sessionPolicy?: string | undefined;
  /** The ARNs of the managed policies that it was narrowed to, too. */
  readonly sessionPolicyArns?: readonly string[];
  /** Who is behind it, as whoever set it says; chained sessions keep it. */
  readonly sourceIdentity?: string;
  /** The tags that sessions chained from it keep. */
  readonly transitiveTagKeys?: readonly string[];
  /** The sessions that it was chained from, the first one first, by access key id; and when the first one was issued. */
  readonly ancestors?: readonly string[];
  readonly provenAt?: number;
}

/** Tags that nearly every session has, told by their place in this list (from 1): only ever added to. */
const knownTags: readonly string[] = [
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
  'kubernetes-node-name',
  'eks-cluster-name',
  'eks-cluster-arn',
];

function writeTags(writer: ByteWriter, tags: Readonly<Record<string, string>>): void {
  const names = Object.keys(tags);
  writer.number(names.length);
  for (const name of names) {
    const known = knownTags.indexOf(name) + 1;
    writer.number(known);
    if (known === 0) writer.text(name);
    writer.text(tags[name] ?? '');
  }
}

function readTags(reader: ByteReader): Record<string, string> {
  const entries: [string, string][] = [];
  for (let left = reader.number(); left > 0; left -= 1) {
    const known = reader.number();
    const name = known === 0 ? reader.text() : knownTags[known - 1];
    if (name === undefined) throw new BytesProblem();
    entries.push([name, reader.text()]);
  }
  return Object.fromEntries(entries);
}

/** What few sessions have stands behind the rest, each with its number, so that sessions without it are as short as ever. */
const extraNumbers = { sessionPolicyArns: 1, sourceIdentity: 2, transitiveTagKeys: 3, ancestors: 4, provenAt: 5 };
const listNumbers = [
  ['sessionPolicyArns', extraNumbers.sessionPolicyArns],
  ['transitiveTagKeys', extraNumbers.transitiveTagKeys],
  ['ancestors', extraNumbers.ancestors],
] as const;

type Extras = Pick<SessionFacts, keyof typeof extraNumbers>;

function writeExtras(writer: ByteWriter, session: Extras): void {
  for (const [name, number] of listNumbers) {
    const list = session[name];
    if (list === undefined) continue;
    writer.number(number);
    writer.number(list.length);
    for (const text of list) writer.text(text);
  }
  if (session.sourceIdentity !== undefined) {
    writer.number(extraNumbers.sourceIdentity);
    writer.text(session.sourceIdentity);
  }
  if (session.provenAt !== undefined) {
    writer.number(extraNumbers.provenAt);
    writer.time(session.provenAt);
  }
}

function readList(reader: ByteReader): readonly string[] {
  const texts: string[] = [];
  for (let left = reader.number(); left > 0; left -= 1) texts.push(reader.text());
  return texts;
}

/** One that is not known may narrow the session: it is not passed over. */
function readExtra(number: number, reader: ByteReader): Extras {
  if (number === extraNumbers.sourceIdentity) return { sourceIdentity: reader.text() };
  if (number === extraNumbers.provenAt) return { provenAt: reader.time() };
  const list = listNumbers.find(([, known]) => known === number);
  if (list === undefined) throw new BytesProblem();
  return { [list[0]]: readList(reader) };
}

function readExtras(reader: ByteReader): Extras {
  const extras: Extras = {};
  while (!reader.isAtEnd()) Object.assign(extras, readExtra(reader.number(), reader));
  return extras;
}

/** The fields in an order that is part of the format. @throws RangeError for a time before 1970 or after the year 10889 */
export function encodeSession(session: SessionFacts): Buffer {
  const writer = new ByteWriter();
  writer.text(session.accountId);
  writer.text(session.roleId);
  writer.text(session.roleName);
  writer.text(session.rolePath);
  writer.text(session.partition);
  writer.text(session.sessionName);
  writer.text(session.secretAccessKey);
  writer.time(session.issuedAt);
  writer.time(session.expiresAt);
  writer.text(session.issuer);
  writer.text(session.subject);
  writeTags(writer, session.tags);
  writer.number(session.sessionPolicy === undefined ? 0 : 1);
  if (session.sessionPolicy !== undefined) writer.text(session.sessionPolicy);
  writeExtras(writer, session);
  return writer.bytes();
}

function readSession(bytes: Buffer): SessionFacts {
  const reader = new ByteReader(bytes);
  const facts: SessionFacts = {
    accountId: reader.text(),
    roleId: reader.text(),
    roleName: reader.text(),
    rolePath: reader.text(),
    partition: reader.text(),
    sessionName: reader.text(),
    secretAccessKey: reader.text(),
    issuedAt: reader.time(),
    expiresAt: reader.time(),
    issuer: reader.text(),
    subject: reader.text(),
    tags: readTags(reader),
  };
  const sessionPolicy = reader.number() === 0 ? undefined : reader.text();
  const extras = readExtras(reader);
  return { ...facts, ...(sessionPolicy !== undefined && { sessionPolicy }), ...extras };
}

/** The facts; undefined for bytes that `encodeSession` does not write. */
export function decodeSession(bytes: Buffer): SessionFacts | undefined {
  try {
    return readSession(bytes);
  } catch (error) {
    if (error instanceof BytesProblem) return undefined;
    throw error;
  }
}
