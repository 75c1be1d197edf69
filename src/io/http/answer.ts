// How an answer reaches the socket: framing is ours alone, whatever headers a feature gave.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Refusal } from '../../core/refusals/index.ts';
import { type HttpResponse, refusalResponse } from '../../core/wire/index.ts';

/** Headers that frame the message on this connection; those of a feature or an upstream belong to another one. */
const framing = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);

/** Nothing that echoes a request may be run or kept by a browser. */
const refusalHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'x-content-type-options': 'nosniff',
} as const;

/** A refusal of the server itself, which does not know which protocol the request would have spoken. */
export function refusalAnswer(refusal: Refusal, requestId?: string): HttpResponse {
  const answer = refusalResponse(refusal, requestId);
  const retry = refusal.status === 503 ? { 'retry-after': '1' } : {};
  return { ...answer, headers: { ...answer.headers, ...refusalHeaders, ...retry } };
}

/** Writes the head, with Content-Length, and says whether a body is to follow (RFC 9110, section 6.4.1). */
export function writeHead(response: ServerResponse, answer: HttpResponse, closes: boolean): boolean {
  const { status, body } = answer;
  const bodiless = status === 204 || status === 304;
  const fields: string[] = [];
  for (const name of Object.keys(answer.headers)) {
    const value = answer.headers[name];
    if (value !== undefined) pushField(fields, name, value);
  }
  if (!bodiless) fields.push('Content-Length', contentLength(response, answer));
  if (closes) fields.push('Connection', 'close');
  response.writeHead(status, fields);
  return !bodiless && body.length > 0;
}

function pushField(fields: string[], name: string, value: string | readonly string[]): void {
  if (framing.has(name.toLowerCase())) return;
  if (typeof value === 'string') fields.push(name, value);
  else for (const one of value) fields.push(name, one);
}

/** An answer to HEAD tells the length that GET would have (RFC 9110, section 8.6), where a feature knows it. */
function contentLength({ req }: ServerResponse, { headers, body }: HttpResponse): string {
  const told = req.method === 'HEAD' ? headers['content-length'] : undefined;
  return typeof told === 'string' ? told : String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
}

/** A whole answer as bytes, for connections on which Node's parser has given up. */
export function bareAnswer(refusal: Refusal): string {
  const { status, headers, body } = refusalAnswer(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${[value].flat().join(', ')}\r\n`);
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}`;
  return `${head}Content-Length: ${length}\r\nConnection: close\r\n\r\n${String(body)}`;
}
