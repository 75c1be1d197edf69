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
  readonly total: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds of each request, in ascending order. */
  readonly latencies: readonly number[];
  /** Statuses other than 200, with how often they came. */
  readonly failures: ReadonlyMap<number, number>;
}

const headEnd = Buffer.from('\r\n\r\n');

/** The status of a complete response at the start of the buffer, and where it ends. */
function readResponse(buffer: Buffer): { status: number; end: number } | undefined {
  const head = buffer.indexOf(headEnd);
  if (head < 0) return undefined;
  const text = buffer.toString('latin1', 0, head);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  const end = head + headEnd.length + length;
  return buffer.length >= end ? { status: Number(text.slice(9, 12)), end } : undefined;
}

/** Sends all requests; rejects when a connection breaks. */
export async function applyLoad(load: Load): Promise<LoadResult> {
  const latencies: number[] = [];
  const failures = new Map<number, number>();
  let sent = 0;

  function converse(socket: Socket): Promise<void> {
    return new Promise((resolve, reject) => {
      let received: Buffer = Buffer.alloc(0);
      let startedAt = 0;
      const next = () => {
        const request = load.requests[sent % load.requests.length];
        if (sent >= load.total || request === undefined) return socket.end(() => resolve());
        sent += 1;
        startedAt = performance.now();
        return socket.write(request);
      };
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const response = readResponse(received);
        if (!response) return;
        latencies.push(performance.now() - startedAt);
        if (response.status !== 200) failures.set(response.status, (failures.get(response.status) ?? 0) + 1);
        received = received.subarray(response.end);
        next();
      });
      next();
    });
  }

  const started = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const { port } = load;
      const socket = load.encrypted
        ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
        : connectPlain(port, '127.0.0.1');
      socket.setNoDelay(true);
      await converse(socket);
    }),
  );
  latencies.sort((a, b) => a - b);
  return { seconds: (performance.now() - started) / 1000, latencies, failures };
}

/** A POST as an API server or an SDK would send it. */
export function postRequest(path: string, contentType: string, body: string): Buffer {
  const length = Buffer.byteLength(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: kube-apiserver-admission\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}
