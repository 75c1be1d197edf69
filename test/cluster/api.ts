// Calls a real API server as a client that sees everything: status, warnings, and whatever the body is.
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { isObject, type JsonObject } from '../../src/core/injection/index.ts';

export interface ApiAnswer {
  readonly status: number;
  /** Of the headers `Warning`, as kubectl shows them. */
  readonly warnings: readonly string[];
  readonly body: JsonObject;
}

export interface ApiCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly server: string;
  /** @param path with its query, such as `/api/v1/namespaces/dev/pods?dryRun=All` */
  readonly call: (path: string, call?: ApiCall) => Promise<ApiAnswer>;
  readonly get: (path: string) => Promise<JsonObject>;
  /** @throws Error with the server's message for whatever is not 2xx */
  readonly create: (path: string, object: unknown) => Promise<JsonObject>;
  readonly apply: (path: string, object: unknown, fieldManager?: string) => Promise<JsonObject>;
  readonly merge: (path: string, patch: unknown) => Promise<JsonObject>;
  readonly delete: (path: string) => Promise<JsonObject>;
  readonly close: () => void;
}

export interface ApiOptions {
  /** `https://…`, or `http://…` where something on this machine proves who we are. */
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** Empty where something else proves who we are. */
  readonly token: string;
}

/** RFC 9111, section 5.5 as it was: `299 - "text"`, with quotes and backslashes escaped; Node.js joins several by commas. */
function warningsOf(header: string | undefined): readonly string[] {
  return [...(header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    // Node.js reads headers as Latin-1, API servers write UTF-8.
    Buffer.from(text.replaceAll(/\\(.)/g, '$1'), 'latin1').toString(),
  );
}

function parsed(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : { value };
  } catch {
    return { text };
  }
}

function succeeded(path: string, { body, status }: ApiAnswer): JsonObject {
  if (status >= 200 && status < 300) return body;
  throw new Error(`${status} ${path}: ${JSON.stringify(body['message'] ?? body['text'])}`);
}

export function createApi({ certificateAuthority, server, token }: ApiOptions): Api {
  const isPlain = server.startsWith('http:');
  const kept = { keepAlive: true, maxSockets: 64 };
  const agent = isPlain ? new PlainAgent(kept) : new Agent({ ...kept, ca: certificateAuthority });
  const ask = isPlain ? plainRequest : request;
  const call = (path: string, { body, contentType, headers, method = 'GET' }: ApiCall = {}) =>
    new Promise<ApiAnswer>((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const outgoing = ask(`${server}${path}`, {
        agent,
        method,
        headers: {
          ...(token !== '' && { authorization: `Bearer ${token}` }),
          accept: 'application/json',
          ...(payload && { 'content-type': contentType ?? 'application/json', 'content-length': payload.length }),
          ...headers,
        },
      });
      outgoing.once('error', reject);
      outgoing.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const warnings = warningsOf(response.headers.warning);
          resolve({ status: response.statusCode ?? 0, warnings, body: parsed(Buffer.concat(chunks).toString()) });
        });
      });
      outgoing.end(payload);
    });
  const checked = async (path: string, options?: ApiCall) => succeeded(path, await call(path, options));
  return {
    server,
    call,
    get: (path) => checked(path),
    create: (path, body) => checked(path, { method: 'POST', body }),
    apply: (path, body, fieldManager = 'test') =>
      checked(`${path}?fieldManager=${fieldManager}&force=true`, {
        method: 'PATCH',
        body,
        contentType: 'application/apply-patch+yaml',
      }),
    merge: (path, body) => checked(path, { method: 'PATCH', body, contentType: 'application/merge-patch+json' }),
    delete: (path) => checked(path, { method: 'DELETE' }),
    close: () => agent.destroy(),
  };
}
