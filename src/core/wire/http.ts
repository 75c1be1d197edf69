// HTTP messages as plain values: features are functions over them, and only io/http knows sockets.

import { type Refusal, refuse } from '../refusals/index.ts';

export interface HttpRequest {
  readonly method: string;
  /** The request target's bytes as received, undecoded: path and query (RFC 9112, section 3.2.1: origin-form). */
  readonly target: string;
  /** The target up to its first `?`. */
  readonly path: string;
  /** The target after its first `?`; empty without one. */
  readonly query: string;
  /** Name, value, name, value … as received: order, case and repetitions kept. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly peer: {
    /** IP address of the socket's other end. */
    readonly address: string;
    /** Whether TLS carried the request. */
    readonly encrypted: boolean;
    /** Where client certificates are asked for: whether it showed one that is trusted. */
    readonly certified?: boolean;
  };
}

export interface HttpResponse {
  readonly status: number;
  /** A list where the field stands several times. Content-Length and Date are the server's to add. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Uint8Array;
}

export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** All values of a header, in the order received. @param name in lower case */
export function headerValues(request: Pick<HttpRequest, 'rawHeaders'>, name: string): string[] {
  const values: string[] = [];
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i];
    const value = rawHeaders[i + 1];
    if (candidate?.length === name.length && candidate.toLowerCase() === name && value !== undefined) {
      values.push(value);
    }
  }
  return values;
}

/** The value of a header that must not be repeated: undefined where it is absent, or there more than once. */
export function header(request: Pick<HttpRequest, 'rawHeaders'>, name: string): string | undefined {
  const values = headerValues(request, name);
  return values.length === 1 ? values[0] : undefined;
}

/** A response whose body is `value` as JSON. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** A refusal in JSON, where no other protocol says how errors look. A 401 has its challenge (RFC 9110, section 15.5.2). */
export function refusalResponse(refusal: Refusal, requestId?: string): HttpResponse {
  const { status, wire, sentence, remedy, code } = refusal;
  const body = { code: wire, message: sentence, remedy, reason: code, ...(requestId !== undefined && { requestId }) };
  return jsonResponse(status, body, {
    ...(requestId !== undefined && { 'x-request-id': requestId }),
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
  });
}

/** 405, with the methods that are taken in Allow, as it must have them (RFC 9110, section 15.5.6). */
export function methodNotAllowed(
  { path, method }: Pick<HttpRequest, 'path' | 'method'>,
  ...taken: readonly string[]
): HttpResponse {
  const allowed = taken.join(', ');
  const answer = refusalResponse(refuse('http-method-not-allowed', { path, method, allowed }));
  return { ...answer, headers: { ...answer.headers, allow: allowed } };
}
