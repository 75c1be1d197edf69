// The way to one API server and to no other: credentials go with each request there, and answers that would lead elsewhere
// are refused. What can be healed by looking at the credentials once more is healed here.
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { type AgentOptions, createAgents } from './agents.ts';
import { Call } from './call.ts';
import type { Connection, Credentials } from './connection.ts';
import { type Query, targetOf } from './paths.ts';
import { statusErrorOf } from './status.ts';

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query: Query;
  readonly accept: string;
  readonly body?: { readonly type: string; readonly text: string } | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether it may be sent twice though it is no GET: it changes nothing, such as a review. */
  readonly isSafe?: boolean | undefined;
}

/** An answer with status 2xx, whose body is still to be read. */
export interface Incoming {
  readonly call: Call;
  readonly message: IncomingMessage;
}

export interface Transport {
  /**
   * @throws StatusError for what the API server refuses
   * @throws RefusedError `kubernetes-unreachable`, `kubernetes-too-slow`, `kubernetes-redirected`,
   * `kubernetes-credential-unfit`, `kubeconfig-plugin-failed`, `kubernetes-call-malformed`; the signal's reason
   */
  readonly send: (outgoing: Outgoing) => Promise<Incoming>;
  readonly close: () => void;
}

/** An error's explanation is short; the rest of such a body is not read. */
const mostErrorBytes = 256 * 1024;

export function createTransport(
  connection: Connection,
  { userAgent, ...options }: AgentOptions & { readonly userAgent: string },
): Transport {
  const { server } = connection;
  const agents = createAgents(server, options);
  const bracketed = server.host.includes(':') ? `[${server.host}]` : server.host;
  const address = `${bracketed}:${server.port}`;

  const start = (outgoing: Outgoing, { tls, authorization }: Credentials): Call => {
    const { method, path, query, body, accept, timeoutMs, signal } = outgoing;
    const request = (server.secure ? tlsRequest : plainRequest)({
      agent: agents.forIdentity(tls),
      host: server.host,
      port: server.port,
      method,
      path: targetOf(server.basePath, path, query),
      headers: {
        host: address,
        accept,
        'user-agent': userAgent,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }),
      },
    });
    const call = new Call(request, { what: `${method} ${path}`, server: address, timeoutMs, signal });
    request.end(body?.text);
    return call;
  };

  /** A read that failed before an answer is tried once more where the failure can be healed. */
  const begin = async (outgoing: Outgoing, credentials: Credentials): Promise<Incoming & { with: Credentials }> => {
    const call = start(outgoing, credentials);
    try {
      return { call, message: await call.head, with: credentials };
    } catch (error) {
      const renewed = await connection.credentials('files');
      const isHealed = call.isStale || renewed.tls !== credentials.tls;
      const isSafe = outgoing.method === 'GET' || outgoing.isSafe === true;
      if (!isSafe || !isHealed || outgoing.signal?.aborted === true) throw error;
      const again = start(outgoing, renewed);
      return { call: again, message: await again.head, with: renewed };
    }
  };

  /** What was refused was perhaps renewed meanwhile, by another request or in its file; undefined where it was not. */
  const otherThan = async (refused: Credentials): Promise<Credentials | undefined> => {
    const kept = await connection.credentials('kept');
    const current = kept === refused ? await connection.credentials('all') : kept;
    return current === refused ? undefined : current;
  };

  const send = async (outgoing: Outgoing): Promise<Incoming> => {
    const first = await begin(outgoing, await connection.credentials('kept'));
    if (first.message.statusCode !== 401) return vetted(first);
    const renewed = await otherThan(first.with);
    if (renewed === undefined) return vetted(first);
    first.message.resume();
    return vetted(await begin(outgoing, renewed));
  };
  return { send, close: agents.close };
}

async function vetted({ call, message }: Incoming): Promise<Incoming> {
  const code = message.statusCode ?? 0;
  if (code >= 200 && code < 300) return { call, message };
  if (code >= 300 && code < 400) {
    const error = new RefusedError(refuse('kubernetes-redirected', { code }));
    call.fail(error);
    throw error;
  }
  const text = await call.text(message, mostErrorBytes);
  throw statusErrorOf(code, message.headers['retry-after'], text);
}
