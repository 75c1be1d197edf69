// Requests signed by @smithy/signature-v4, the signer of the AWS SDK for JavaScript, as they arrive at a server.
import { hash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  deriveSigningKey,
  readSignedRequest,
  type SessionFacts,
  type SignatureCheck,
  verifySignature,
} from '../../../src/core/credentials/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';
import type { HttpRequest } from '../../../src/core/wire/index.ts';

/** 2015-08-30T12:36:00Z */
export const now = Date.UTC(2015, 7, 30, 12, 36);
export const region = 'eu-central-1';
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
export const accessKeyId = 'ASIAIOSFODNN7EXAMPLE';

export const session: SessionFacts = {
  accountId: '123456789012',
  roleId: 'AROAIOSFODNN7EXAMPLE2',
  roleName: 'reports-writer',
  rolePath: '/',
  partition: 'aws',
  sessionName: 'reports-7d9f8c6b5-x2x4z',
  secretAccessKey,
  issuedAt: now - 600_000,
  expiresAt: now + 3_000_000,
  issuer: 'https://oidc.cluster.example.com/id/5a0e3c',
  subject: 'system:serviceaccount:reports:writer',
  tags: {},
};

export interface Outgoing {
  readonly method: string;
  /** As it is sent: percent-encoded. */
  readonly path: string;
  /** Decoded. */
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Circumstances {
  readonly service: string;
  readonly sessionToken?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** Milliseconds since the epoch. */
  readonly at?: number;
  readonly expiresIn?: number;
}

export function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const oracle = ({ service, sessionToken, ...circumstances }: Circumstances) =>
  new SignatureV4({
    service,
    region,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    credentials: {
      accessKeyId: circumstances.accessKeyId ?? accessKeyId,
      secretAccessKey: circumstances.secretAccessKey ?? secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
  });

const clone = ({ method, path, query, headers, body }: Outgoing) => ({
  method,
  protocol: 'https:',
  hostname: 'api.example.com',
  path,
  query: { ...query },
  headers: { host: 'api.example.com', ...headers },
  body,
});

type SignedByOracle = Awaited<ReturnType<SignatureV4['sign']>>;

export function arrived({ method, path, query, headers, body }: SignedByOracle): HttpRequest {
  const pairs = Object.entries(query ?? {}).flatMap(([name, values]) =>
    [values ?? ''].flat().map((value) => `${encodeUri(name)}=${encodeUri(value)}`),
  );
  const queryText = pairs.join('&');
  return {
    method,
    target: queryText === '' ? path : `${path}?${queryText}`,
    path,
    query: queryText,
    rawHeaders: Object.entries(headers).flat(),
    body: Buffer.from(typeof body === 'string' ? body : ''),
    peer: { address: '192.0.2.1', encrypted: true },
  };
}

export async function signedByOracle(outgoing: Outgoing, circumstances: Circumstances): Promise<HttpRequest> {
  const signingDate = new Date(circumstances.at ?? now);
  return arrived(await oracle(circumstances).sign(clone(outgoing), { signingDate }));
}

export async function presignedByOracle(outgoing: Outgoing, circumstances: Circumstances): Promise<HttpRequest> {
  const options = { signingDate: new Date(circumstances.at ?? now), expiresIn: circumstances.expiresIn ?? 900 };
  return arrived(await oracle(circumstances).presign(clone(outgoing), options));
}

/** `accepted`, or the refusal's code, of a request whose caller's secret is known. */
export function judge(request: HttpRequest, check: Partial<SignatureCheck> = {}): string {
  const signed = readSignedRequest(request);
  if (signed instanceof Refusal) return signed.code;
  const bodyHash = hash('sha256', request.body, 'hex');
  const refusal = verifySignature(signed, { secretAccessKey, now, bodyHash, signingKeys: deriveSigningKey, ...check });
  return refusal?.code ?? 'accepted';
}

export const get: Outgoing = { method: 'GET', path: '/', query: {}, headers: {}, body: '' };

/** The request with some of its values changed; a header that is undefined is taken out. */
export function changed(
  request: HttpRequest,
  changes: Partial<HttpRequest>,
  headers: Readonly<Record<string, string | undefined>> = {},
): HttpRequest {
  const rawHeaders: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(i, i + 2);
    if (!Object.hasOwn(headers, name)) rawHeaders.push(name, value);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) rawHeaders.push(name, value);
  }
  return { ...request, rawHeaders, ...changes };
}

export const headerOf = ({ rawHeaders }: HttpRequest, name: string) => rawHeaders[rawHeaders.indexOf(name) + 1] ?? '';
