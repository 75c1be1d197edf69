// A client that costs little: prepared bytes over keep-alive connections, one request at a time on each.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Load {
  readonly port: number;
  /** Over TLS; the bench's certificate is its own, so it is not checked. */
  readonly encrypted: boolean;
  /** Whole HTTP/1.1 requests, sent in turn. */
  readonly requests: readonly Buffer[];
  readonly connections: number;
  /** Whether the body of a 200 is as it should be; unless given, the status says enough. */
  readonly isRight?: (body: string) => boolean;
}

export interface LoadResult {
  /** Milliseconds of each request, in no order. */
  readonly latencies: readonly number[];
  /** Statuses other than 200, with how often they came. */
  readonly failures: ReadonlyMap<number, number>;
}

export interface Client {
  /** Sends so many requests; rejects when a connection breaks, and at a 200 whose body is not right. */
  readonly send: (total: number) => Promise<LoadResult>;
  readonly close: () => void;
}

const headEnd = Buffer.from('\r\n\r\n');

interface Content {
  readonly body: Buffer;
  /** Where the response ends in what was received. */
  readonly end: number;
}

interface Response extends Content {
  readonly status: number;
}

/** RFC 9112, section 7.1, without trailers; undefined while chunks are missing. */
function readChunks(received: Buffer, start: number): Content | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    const from = lineEnd + 2;
    const next = from + size + 2;
    if (!(received.length >= next)) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), end: next };
    chunks.push(received.subarray(from, from + size));
    at = next;
  }
}

/** The complete response at the start of what was received. */
function readResponse(received: Buffer): Response | undefined {
  const head = received.indexOf(headEnd);
  if (head < 0) return undefined;
  const text = received.toString('latin1', 0, head);
  const status = Number(text.slice(9, 12));
  const start = head + headEnd.length;
  if (/\r\ntransfer-encoding: chunked/i.test(text)) {
    const content = readChunks(received, start);
    return content && { status, ...content };
  }
  const end = start + Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return received.length >= end ? { status, body: received.subarray(start, end), end } : undefined;
}

/** Sends a request, and hands on its answer; `fail` is called for a connection that breaks. */
class Conversation {
  onAnswer: (response: Response) => void = () => {};
  onFailure: (error: Error) => void = () => {};
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', (error) => this.onFailure(error));
    socket.on('close', () => this.onFailure(new Error('a connection was closed')));
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      const response = readResponse(this.#received);
      if (!response) return;
      this.#received = this.#received.subarray(response.end);
      this.onAnswer(response);
    });
  }

  say(request: Buffer): void {
    if (this.#socket.destroyed) this.onFailure(new Error('a connection was closed between two requests'));
    else this.#socket.write(request);
  }

  end(): void {
    this.onFailure = () => {};
    this.#socket.destroy();
  }
}

function open({ port, encrypted }: Load): Promise<Conversation> {
  return new Promise((resolve, reject) => {
    const opened = () => {
      socket.off('error', reject);
      resolve(new Conversation(socket));
    };
    const socket = encrypted
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, opened)
      : connectPlain(port, '127.0.0.1', opened);
    socket.once('error', reject);
  });
}

/** Opens the connections, and keeps them: what a handshake costs is not what is measured. */
export async function connectClient(load: Load): Promise<Client> {
  const { requests, isRight } = load;
  const conversations = await Promise.all(Array.from({ length: load.connections }, () => open(load)));
  let next = 0;

  function converse(conversation: Conversation, take: () => boolean, result: Collected): Promise<void> {
    return new Promise((resolve, reject) => {
      let startedAt = 0;
      const say = () => {
        const request = take() ? requests[next++ % requests.length] : undefined;
        if (request === undefined) return resolve();
        startedAt = performance.now();
        return conversation.say(request);
      };
      conversation.onFailure = reject;
      conversation.onAnswer = ({ status, body }) => {
        result.latencies.push(performance.now() - startedAt);
        if (status === 200 && isRight && !isRight(body.toString()))
          return reject(new Error('an answer has status 200, and is not right'));
        if (status !== 200) result.failures.set(status, (result.failures.get(status) ?? 0) + 1);
        return say();
      };
      say();
    });
  }

  return {
    send: async (total) => {
      const result: Collected = { latencies: [], failures: new Map() };
      let left = total;
      const take = () => left-- > 0;
      await Promise.all(conversations.map((conversation) => converse(conversation, take, result)));
      return result;
    },
    close: () => {
      for (const conversation of conversations) conversation.end();
    },
  };
}

interface Collected {
  readonly latencies: number[];
  readonly failures: Map<number, number>;
}

/** A POST as an API server or an SDK would send it. */
export function postRequest(path: string, contentType: string, body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: kube-apiserver-admission\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}
