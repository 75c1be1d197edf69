// A request with an AWS Signature Version 4, read and judged by its form: what it claims to be signed by, and over what.
// Source: AWS IAM User Guide, "AWS Signature Version 4 for API requests"; AWS S3 API Reference, "Authenticating Requests".
import { Refusal, refuse } from '../refusals/index.ts';
import type { HttpRequest } from '../wire/index.ts';
import { collectHeaders, type HeaderValues, type QueryParameter, readQuery } from './sigv4-canonical.ts';
import { isByteString } from './sigv4-encoding.ts';
import { malformed, readSignatureFields, repeatedHeader, type SignatureFields } from './sigv4-fields.ts';
import type { SigningScope } from './sigv4-key.ts';
import { parseAmzDate } from './sigv4-time.ts';

export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** Without the signature itself. */
  readonly parameters: readonly QueryParameter[];
  readonly headers: HeaderValues;
  readonly place: 'header' | 'query';
  readonly accessKeyId: string;
  readonly scope: SigningScope;
  /** Lower case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  readonly amzDate: string;
  /** The same in milliseconds since the epoch. */
  readonly signedAt: number;
  /** How long a presigned URL is good for. */
  readonly expiresSeconds: number | undefined;
  readonly sessionToken: string | undefined;
  readonly contentSha256: string | undefined;
}

const longestPresignedSeconds = 604_800;
const credentialShape = /^(\w{1,128})\/(\d{8})\/([\w-]{1,64})\/([\w-]{1,64})\/aws4_request$/;
const signatureShape = /^[0-9a-f]{64}$/;
/** A header's name (RFC 9110, section 5.6.2) in lower case. */
const headerNameShape = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

function readCredential(credential: string): { accessKeyId: string; scope: SigningScope } | Refusal {
  const [, accessKeyId, date, region, service] = credentialShape.exec(credential) ?? [];
  if (!accessKeyId || !date || !region || !service) {
    return malformed('Credential', 'it is not KEYID/YYYYMMDD/REGION/SERVICE/aws4_request');
  }
  return { accessKeyId, scope: { date, region, service } };
}

function readSignedHeaders(text: string): readonly string[] | Refusal {
  const names = text.split(';');
  if (!names.every((name) => headerNameShape.test(name))) {
    return malformed('SignedHeaders', 'it is not a list of names in lower case with ; between them');
  }
  const sorted = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  return sorted ? names : malformed('SignedHeaders', 'its names are not sorted, each once');
}

function readExpires(expires: string | undefined): number | undefined | Refusal {
  if (expires === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(expires) ? Number(expires) : 0;
  if (seconds >= 1 && seconds <= longestPresignedSeconds) return seconds;
  return malformed('X-Amz-Expires', `it is no number of seconds from 1 to ${longestPresignedSeconds}`);
}

type FieldValues = Pick<
  SignedRequest,
  'accessKeyId' | 'scope' | 'signedHeaders' | 'signature' | 'signedAt' | 'expiresSeconds'
>;

/** The fields with their forms settled. */
function readFields(fields: SignatureFields): FieldValues | Refusal {
  const credential = readCredential(fields.credential);
  if (credential instanceof Refusal) return credential;
  const signedHeaders = readSignedHeaders(fields.signedHeaders);
  if (signedHeaders instanceof Refusal) return signedHeaders;
  const { signature } = fields;
  if (!signatureShape.test(signature)) return malformed('Signature', 'it is not 64 hexadecimal digits in lower case');
  const signedAt = parseAmzDate(fields.amzDate);
  if (signedAt === undefined) return malformed('X-Amz-Date', 'it is no time written YYYYMMDDTHHMMSSZ');
  const expiresSeconds = readExpires(fields.expires);
  if (expiresSeconds instanceof Refusal) return expiresSeconds;
  return { ...credential, signedHeaders, signature, signedAt, expiresSeconds };
}

type Rule = (signed: SignedRequest) => Refusal | undefined;

const isSigned = ({ signedHeaders }: SignedRequest, name: string) => signedHeaders.includes(name);

const unsigned = (name: string) => refuse('signature-header-unsigned', { name });

/** Else the request could be sent to another service that knows the same key. */
const hostIsSigned: Rule = (signed) => (isSigned(signed, 'host') ? undefined : unsigned('host'));

/** Else the request could be sent again for ever; a presigned URL has its date in the signed query. */
const dateIsSigned: Rule = (signed) =>
  signed.place === 'query' || isSigned(signed, 'x-amz-date') ? undefined : unsigned('x-amz-date');

/** These headers change what a request does: one that was added on the way must not count. */
const amzHeadersAreSigned: Rule = (signed) => {
  for (const name of signed.headers.keys()) {
    if (name.startsWith('x-amz-') && !isSigned(signed, name)) return unsigned(name);
  }
  return undefined;
};

/** The usual fault behind a proxy that takes headers away: named, since a wrong signature would tell nobody. */
const signedHeadersArrived: Rule = ({ headers, signedHeaders }) => {
  const name = signedHeaders.find((candidate) => !headers.has(candidate));
  return name === undefined ? undefined : refuse('signature-header-absent', { name });
};

const headersAreBytes: Rule = ({ headers, signedHeaders }) => {
  const name = signedHeaders.find((candidate) => !(headers.get(candidate) ?? []).every(isByteString));
  return name === undefined ? undefined : malformed(`header ${name}`, 'it has characters that are no bytes');
};

const scopeDateAgrees: Rule = ({ scope, amzDate }) =>
  amzDate.startsWith(`${scope.date}T`)
    ? undefined
    : refuse('signature-scope-other', { part: 'date', scope: scope.date, expected: amzDate.slice(0, 8) });

const rules: readonly Rule[] = [
  hostIsSigned,
  dateIsSigned,
  amzHeadersAreSigned,
  signedHeadersArrived,
  headersAreBytes,
  scopeDateAgrees,
];

/** The request's one signature, in good form and over all that it must cover; whether it is right is yet to be verified. */
export function readSignedRequest(request: HttpRequest): SignedRequest | Refusal {
  const headers = collectHeaders(request.rawHeaders);
  const repeated = repeatedHeader(headers);
  if (repeated) return repeated;
  if (!isByteString(request.path) || !isByteString(request.query)) {
    return refuse('signature-target-ambiguous', { what: 'characters that are no bytes' });
  }
  const parameters = readQuery(request.query);
  if (parameters instanceof Refusal) return parameters;
  const fields = readSignatureFields(headers, parameters);
  if (fields instanceof Refusal) return fields;
  const values = readFields(fields);
  if (values instanceof Refusal) return values;
  const { place, amzDate, sessionToken, contentSha256 } = fields;
  const signed: SignedRequest = {
    method: request.method,
    path: request.path,
    parameters: place === 'query' ? parameters.filter(({ name }) => name !== 'X-Amz-Signature') : parameters,
    headers,
    place,
    amzDate,
    sessionToken,
    contentSha256,
    ...values,
  };
  for (const rule of rules) {
    const refusal = rule(signed);
    if (refusal) return refusal;
  }
  return signed;
}
