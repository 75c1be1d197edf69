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
}

/** Tags that nearly every session has, told by their place in this list (from 1): only ever added to. */
const knownTags: readonly string[] = [
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
  'kubernetes-node-name',
];

function writeTags(writer: ByteWriter, tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  writer.number(entries.length);
  for (const [name, value] of entries) {
    const known = knownTags.indexOf(name) + 1;
    writer.number(known);
    if (known === 0) writer.text(name);
    writer.text(value);
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
  reader.end();
  return sessionPolicy === undefined ? facts : { ...facts, sessionPolicy };
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
