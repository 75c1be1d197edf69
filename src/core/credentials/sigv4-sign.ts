// AWS Signature Version 4, the client's side: the headers that sign a request.
import { hash } from 'node:crypto';
import { Refusal } from '../refusals/index.ts';
import type { HttpRequest } from '../wire/index.ts';
import { canonicalRequest, collectHeaders, readQuery } from './sigv4-canonical.ts';
import {
  deriveSigningKey,
  requestDigest,
  type SigningKeys,
  scopeText,
  signatureOf,
  signingAlgorithm,
} from './sigv4-key.ts';
import { formatAmzDate } from './sigv4-time.ts';

export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Derives the key anew for every request where it is left out. */
  readonly signingKeys?: SigningKeys | undefined;
}

/** What is signed: all headers that it has, `host` among them. */
export type UnsignedRequest = Pick<HttpRequest, 'method' | 'path' | 'query' | 'rawHeaders' | 'body'>;

/**
 * The headers to add to the request, which must go out with path, query and headers as they are. Refused where a server
 * would refuse the query as ambiguous.
 */
export function signRequest(request: UnsignedRequest, signer: Signer): Readonly<Record<string, string>> | Refusal {
  const amzDate = formatAmzDate(signer.now);
  const payload = hash('sha256', request.body, 'hex');
  const added = {
    'x-amz-content-sha256': payload,
    'x-amz-date': amzDate,
    ...(signer.sessionToken !== undefined && { 'x-amz-security-token': signer.sessionToken }),
  };
  const headers = collectHeaders([...request.rawHeaders, ...Object.entries(added).flat()]);
  const parameters = readQuery(request.query);
  if (parameters instanceof Refusal) return parameters;
  const { method, path } = request;
  const signedHeaders = [...headers.keys()].sort();
  const { region, service } = signer;
  const canonical = canonicalRequest({ method, path, service, parameters, headers, signedHeaders, payload });
  if (canonical instanceof Refusal) return canonical;
  const scope = { date: amzDate.slice(0, 8), region, service };
  const key = (signer.signingKeys ?? deriveSigningKey)(signer.secretAccessKey, scope);
  const signature = signatureOf(requestDigest(canonical), { amzDate, scope }, key).toString('hex');
  const credential = `${signer.accessKeyId}/${scopeText(scope)}`;
  const authorization = `${signingAlgorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...added, authorization };
}
