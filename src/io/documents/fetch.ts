// Documents that a registration names, fetched with care: whoever registers an issuer chooses the URL, and must not be able
// to reach with it what only this machine can reach (SSRF; Istio CVE-2026-41413, Vault CVE-2026-5052).
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';
import { judgedAddresses } from './address.ts';
import type { FetchLimits } from './limits.ts';
import type { Address, LookUp } from './look-up.ts';

export interface FetchOptions {
  /** PEM of authorities that are trusted beside the usual ones. */
  readonly certificateAuthority?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The document's text, or `document-…` with what came between. It never rejects. */
export type FetchDocument = (url: string, options?: FetchOptions) => Promise<string | Refusal>;

const unbracketed = (hostname: string) => hostname.replace(/^\[|\]$/g, '');

interface Target {
  readonly url: URL;
  readonly host: string;
  readonly address: Address;
}

/** Only the path and what belongs to a document: no credentials, no fragment, no other protocol. */
function readUrl(text: string): URL | Refusal {
  const url = URL.parse(text);
  if (url === null) return refuse('document-url-unfit', { url: text, problem: 'it is no URL' });
  const problem =
    (url.protocol !== 'https:' && 'its scheme is not https') ||
    (url.username + url.password !== '' && 'it carries a name or a password') ||
    (url.hash !== '' && 'it has a fragment');
  return problem ? refuse('document-url-unfit', { url: text, problem }) : url;
}

/** Connects to the address that was judged, not to what a second look-up would say; the certificate is still the name's. */
function ask({ url, host, address }: Target, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { certificateAuthority } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent: false,
      host: address.address,
      family: address.family,
      ...(isIP(host) === 0 && { servername: host }),
      port: url.port === '' ? 443 : Number(url.port),
      path: `${url.pathname}${url.search}`,
      // Nothing that would tell who asks, and no coding that unfolds into more than was sent.
      headers: { host: url.host, accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'podiam' },
      ...(certificateAuthority !== undefined && { ca: [...rootCertificates, certificateAuthority] }),
      maxHeaderSize: 16_384,
      signal,
    });
    outgoing.on('response', resolve).on('error', reject).end();
  });
}

/** What an answer must be before its body is read. */
function refuseHead(
  { statusCode = 0, headers }: IncomingMessage,
  host: string,
  mostBytes: number,
): Refusal | undefined {
  if (statusCode >= 300 && statusCode < 400) return refuse('document-redirected', { host });
  if (statusCode !== 200) return refuse('document-status', { host, status: statusCode });
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity')
    return refuse('document-malformed', { host, problem: `it is coded as ${coding.slice(0, 40)}` });
  if (Number(headers['content-length'] ?? 0) > mostBytes)
    return refuse('document-too-large', { host, limit: mostBytes });
  return undefined;
}

async function readBody(message: IncomingMessage, host: string, mostBytes: number): Promise<string | Refusal> {
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue;
    received += chunk.length;
    if (received > mostBytes) return refuse('document-too-large', { host, limit: mostBytes });
    chunks.push(chunk);
  }
  if (!message.complete) return refuse('document-unreachable', { host, problem: 'the connection ended in the middle' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks, received));
  } catch {
    return refuse('document-malformed', { host, problem: 'it is not UTF-8' });
  }
}

/** @param lookUp this machine's names and DNS, unless a test has names of its own */
export function createFetchDocument(limits: FetchLimits, lookUp?: LookUp): FetchDocument {
  const guard = { allowsPrivate: limits.allowsPrivate, ...(lookUp && { lookUp }) };

  async function fetchFrom(
    url: URL,
    host: string,
    options: FetchOptions,
    signal: AbortSignal,
  ): Promise<string | Refusal> {
    const found = await judgedAddresses(host, guard);
    if (found instanceof Refusal) return found;
    const [address] = found;
    signal.throwIfAborted();
    const message = await ask({ url, host, address }, options, signal);
    try {
      return refuseHead(message, host, limits.mostBytes) ?? (await readBody(message, host, limits.mostBytes));
    } finally {
      message.destroy();
    }
  }

  return async (text, options = {}) => {
    const url = readUrl(text);
    if (url instanceof Refusal) return url;
    const host = unbracketed(url.hostname);
    const deadline = AbortSignal.timeout(limits.timeoutMs);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
    // A resolver cannot be called off; whoever waits for it can.
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(new Error('it was called off'));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await Promise.race([fetchFrom(url, host, options, signal), expired]);
    } catch (error) {
      if (deadline.aborted) return refuse('document-too-slow', { host, milliseconds: limits.timeoutMs });
      return refuse('document-unreachable', { host, problem: systemProblem(error) });
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
}
