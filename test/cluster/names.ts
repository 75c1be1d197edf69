// The names of a cluster's Services (RFC 1035): as much of DNS as pods need to find them.
import { createSocket } from 'node:dgram';

export interface NameServer {
  readonly close: () => void;
}

interface Question {
  readonly name: string;
  readonly type: number;
  /** Where the question ends in the message. */
  readonly end: number;
}

const headerLength = 12;
const typeA = 1;
const noSuchName = 3;
/** A response, and one that is the owner's own. */
const authoritative = 0x8400;
const recursionDesired = 0x0100;

/** Section 4.1.2: labels with their lengths before them, then type and class. */
function readQuestion(message: Buffer): Question {
  const labels: string[] = [];
  let at = headerLength;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function header(query: Buffer, code: number, answers: number): Buffer {
  const bytes = Buffer.alloc(headerLength);
  query.copy(bytes, 0, 0, 2);
  bytes.writeUInt16BE(authoritative | (query.readUInt16BE(2) & recursionDesired) | code, 2);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

/** The name by reference to the question's, type A, class IN, a life of five seconds, four bytes of address. */
function record(address: string): Buffer {
  const head = Buffer.from([0xc0, headerLength, 0, typeA, 0, 1, 0, 0, 0, 5, 0, 4]);
  return Buffer.concat([head, Buffer.from(address.split('.').map(Number))]);
}

const serviceName = /^([^.]+)\.([^.]+)\.svc(?:\.cluster\.local)?$/;

export type FindAddress = (namespace: string, name: string) => Promise<string | undefined>;

async function answer(query: Buffer, find: FindAddress): Promise<Buffer> {
  const { end, name, type } = readQuestion(query);
  const question = query.subarray(headerLength, end);
  const [, service = '', namespace = ''] = serviceName.exec(name) ?? [];
  const address = service === '' ? undefined : await find(namespace, service);
  if (address === undefined) return Buffer.concat([header(query, noSuchName, 0), question]);
  if (type !== typeA) return Buffer.concat([header(query, 0, 0), question]);
  return Buffer.concat([header(query, 0, 1), question, record(address)]);
}

/** Answers on port 53 of an address of the sandbox; what cannot be read gets no answer. */
export async function serveNames(address: string, find: FindAddress): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { address: asker, port }) => {
    answer(query, find).then(
      (bytes) => socket.send(bytes, port, asker),
      () => {},
    );
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, address, () => resolve());
  });
  return { close: () => void socket.close() };
}
