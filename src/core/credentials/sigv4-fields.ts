// Where a request carries its AWS Signature Version 4: the Authorization header, or the parameters of a presigned URL.
// Either gives the same fields, as texts; nothing is believed of them yet.
import { Refusal, refuse } from '../refusals/index.ts';
import type { HeaderValues, QueryParameter } from './sigv4-canonical.ts';
import { signingAlgorithm } from './sigv4-key.ts';

export interface SignatureFields {
  readonly place: 'header' | 'query';
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly amzDate: string;
  /** Presigned URLs only. */
  readonly expires: string | undefined;
  readonly sessionToken: string | undefined;
  /** What `x-amz-content-sha256` says. */
  readonly contentSha256: string | undefined;
}

export const malformed = (part: string, problem: string): Refusal => refuse('signature-malformed', { part, problem });

/** Headers of which a second one would let two readers see two requests. */
const singleHeaders = ['authorization', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

export function repeatedHeader(headers: HeaderValues): Refusal | undefined {
  const name = singleHeaders.find((candidate) => (headers.get(candidate)?.length ?? 0) > 1);
  return name === undefined ? undefined : refuse('signature-repeated', { what: `header ${name}` });
}

/** The parameters of a presigned URL, in the only case in which they count. */
const signingParameters = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
];
const tokenParameter = 'X-Amz-Security-Token';
/** SDKs move this header into the URL as they found it, in either case. */
const contentParameter = 'x-amz-content-sha256';
const parametersByFoldedName: ReadonlyMap<string, string> = new Map(
  [...signingParameters, tokenParameter, contentParameter].map((name) => [name.toLowerCase(), name]),
);

/**
 * Whether a `NAME=VALUE` of a query is a signature's or its token's, in whatever case. A name may stand escaped, as
 * `X%2DAmz%2DDate`: the verifier reads it decoded, and so might whoever reads a log.
 */
export function isSigningPair(pair: string): boolean {
  const [name = ''] = pair.split('=', 1);
  try {
    return parametersByFoldedName.has(decodeURIComponent(name).toLowerCase());
  } catch {
    // No UTF-8, so none of these names.
    return false;
  }
}

/** The signature's own parameters by name; refused where one stands twice, or in a case that another reader may miss. */
function signatureParameters(parameters: readonly QueryParameter[]): ReadonlyMap<string, string> | Refusal {
  const found = new Map<string, string>();
  for (const { name, value } of parameters) {
    const proper = parametersByFoldedName.get(name.toLowerCase());
    if (proper === undefined) continue;
    if (found.has(proper)) return refuse('signature-repeated', { what: `parameter ${proper}` });
    if (name !== proper && proper !== contentParameter) {
      return malformed('query', `it has ${proper} in another case`);
    }
    found.set(proper, value);
  }
  return found;
}

function fieldsOfQuery(parameters: ReadonlyMap<string, string>): SignatureFields | Refusal {
  const absent = signingParameters.find((name) => !parameters.has(name));
  if (absent !== undefined) return malformed('query', `it lacks ${absent}`);
  const field = (name: string) => parameters.get(name) ?? '';
  if (field('X-Amz-Algorithm') !== signingAlgorithm) return refuse('signature-algorithm-unknown', {});
  return {
    place: 'query',
    credential: field('X-Amz-Credential'),
    signedHeaders: field('X-Amz-SignedHeaders'),
    signature: field('X-Amz-Signature'),
    amzDate: field('X-Amz-Date'),
    expires: field('X-Amz-Expires'),
    sessionToken: parameters.get(tokenParameter),
    contentSha256: parameters.get(contentParameter),
  };
}

const fieldShape = /^ *(Credential|SignedHeaders|Signature)=([^ ,]+) *$/;

/** `Credential=…, SignedHeaders=…, Signature=…`: each once, in any order, with or without spaces after the commas. */
function fieldsOfHeader(authorization: string, amzDate: string): SignatureFields | Refusal {
  const [algorithm = ''] = authorization.split(' ', 1);
  if (algorithm === 'AWS') return refuse('signature-version-2', {});
  if (algorithm !== signingAlgorithm) return refuse('signature-algorithm-unknown', {});
  const fields = new Map<string, string>();
  for (const part of authorization.slice(algorithm.length).split(',', 4)) {
    const [, name, value] = fieldShape.exec(part) ?? [];
    if (name === undefined || value === undefined) {
      return malformed('Authorization header', 'it is not Credential=…, SignedHeaders=…, Signature=…');
    }
    if (fields.has(name)) return refuse('signature-repeated', { what: `${name} in the Authorization header` });
    fields.set(name, value);
  }
  const absent = ['Credential', 'SignedHeaders', 'Signature'].find((name) => !fields.has(name));
  if (absent !== undefined) return malformed('Authorization header', `it lacks ${absent}`);
  return {
    place: 'header',
    credential: fields.get('Credential') ?? '',
    signedHeaders: fields.get('SignedHeaders') ?? '',
    signature: fields.get('Signature') ?? '',
    amzDate,
    expires: undefined,
    sessionToken: undefined,
    contentSha256: undefined,
  };
}

/** The value that may stand in the query or in a header, but not in both. */
function either(inQuery: string | undefined, headers: HeaderValues, name: string): string | undefined | Refusal {
  const inHeader = headers.get(name)?.[0];
  return inQuery !== undefined && inHeader !== undefined
    ? refuse('signature-repeated', { what: `header ${name}, as a header and in the query` })
    : (inQuery ?? inHeader);
}

/** The one place's fields; refused where there are two, or none. */
function fieldsOfOnePlace(
  inQuery: ReadonlyMap<string, string>,
  parameters: readonly QueryParameter[],
  headers: HeaderValues,
): SignatureFields | Refusal {
  const authorization = headers.get('authorization')?.[0];
  const presigned = signingParameters.some((name) => inQuery.has(name));
  if (authorization !== undefined) {
    if (presigned) return refuse('signature-repeated', { what: 'signature, as a header and in the query' });
    return fieldsOfHeader(authorization, headers.get('x-amz-date')?.[0] ?? '');
  }
  if (presigned) return fieldsOfQuery(inQuery);
  const version2 = parameters.some(({ name }) => name === 'AWSAccessKeyId');
  return version2 ? refuse('signature-version-2', {}) : refuse('signature-missing', {});
}

/** The fields of the request's one signature. */
export function readSignatureFields(
  headers: HeaderValues,
  parameters: readonly QueryParameter[],
): SignatureFields | Refusal {
  const inQuery = signatureParameters(parameters);
  if (inQuery instanceof Refusal) return inQuery;
  const fields = fieldsOfOnePlace(inQuery, parameters, headers);
  if (fields instanceof Refusal) return fields;
  const sessionToken = either(inQuery.get(tokenParameter), headers, 'x-amz-security-token');
  if (sessionToken instanceof Refusal) return sessionToken;
  const contentSha256 = either(inQuery.get(contentParameter), headers, contentParameter);
  if (contentSha256 instanceof Refusal) return contentSha256;
  return { ...fields, sessionToken, contentSha256 };
}
