// AdmissionReview, the envelope in which an API server asks a webhook about an object and takes its answer
// (admission.k8s.io/v1 and v1beta1; Kubernetes, "Dynamic Admission Control").
import { type Refusal, refuse } from '../refusals/index.ts';
import { isObject, type JsonObject } from './json.ts';
import { outsideManagedFields } from './managed-fields.ts';
import {
  type JsonShape,
  parseBoundedJson,
  parseUnambiguousJson,
  refuseShape,
  shapeOfJson,
  type UnambiguousJson,
} from './unambiguous-json.ts';

/** Where a webhook is asked, as its configuration says. */
export const mutatePath = '/mutate';

const apiVersions = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'] as const;

export interface AdmissionRequest {
  readonly apiVersion: (typeof apiVersions)[number];
  readonly uid: string;
  /** Such as `Pod`; empty where the request does not say. */
  readonly kind: string;
  /** Such as `ephemeralcontainers`; empty for the object itself. */
  readonly subResource: string;
  /** `CREATE`, `UPDATE`, `DELETE` or `CONNECT`; empty where the request does not say. */
  readonly operation: string;
  readonly namespace: string;
  readonly name: string;
  /** Whether the answer may have no side effect. */
  readonly dryRun: boolean;
  /** As it will be; null or undefined where there is none, as for DELETE. */
  readonly object: unknown;
  readonly oldObject: unknown;
}

export interface AdmissionAnswer {
  readonly allowed: boolean;
  /** JSON Patch operations; undefined or empty for none. */
  readonly patch?: readonly unknown[] | undefined;
  /** Shown to whoever made the request; as much of them as API servers take. */
  readonly warnings?: readonly string[] | undefined;
  /** For the audit log; the API server puts the webhook's name before each key. */
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
  /** Why it was not allowed. */
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string } | undefined;
}

function malformed(field: string, expected: string): Refusal {
  return refuse('admission-review-malformed', { field, expected });
}

/** Texts of the request that may be absent or null, but nothing else. */
const optionalTexts = ['operation', 'subResource', 'namespace', 'name'] as const;

function textAt(fields: JsonObject, member: string): string {
  const value = fields[member];
  return typeof value === 'string' ? value : '';
}

function readRequest(apiVersion: AdmissionRequest['apiVersion'], request: JsonObject): AdmissionRequest | Refusal {
  const uid = textAt(request, 'uid');
  if (uid === '') return malformed('request.uid', 'a text');
  for (const member of optionalTexts) {
    const value = request[member] ?? '';
    if (typeof value !== 'string') return malformed(`request.${member}`, 'a text');
  }
  const kind = request['kind'] ?? {};
  if (!isObject(kind)) return malformed('request.kind', 'an object');
  const dryRun = request['dryRun'] ?? false;
  if (typeof dryRun !== 'boolean') return malformed('request.dryRun', 'true or false');
  return {
    apiVersion,
    uid,
    kind: textAt(kind, 'kind'),
    subResource: textAt(request, 'subResource'),
    operation: textAt(request, 'operation'),
    namespace: textAt(request, 'namespace'),
    name: textAt(request, 'name'),
    dryRun,
    object: request['object'],
    oldObject: request['oldObject'],
  };
}

/** Bytes of a review that holds too little to be counted: most reviews of API servers are no longer. */
const smallReview = 8 * 1024;
/** Of a review that is not counted: an API server's has a value in 14. */
const bytesPerValue = 8;

/** What a review takes to be read. @param isEncoded as for `parseAdmissionReview` */
export function shapeOfReview(body: Uint8Array, isEncoded: boolean): JsonShape {
  if (!isEncoded || body.length > smallReview) return shapeOfJson(body);
  return { values: Math.ceil(body.length / bytesPerValue), members: 0, depth: 0 };
}

/** Undefined where a review of that shape may be read. */
export function refuseReviewOf(shape: JsonShape): Refusal | undefined {
  const refused = refuseShape(shape);
  return refused && malformed('it', refused.expected);
}

function parseEncodedJson(body: Uint8Array, shape: JsonShape): UnambiguousJson {
  const pieces = outsideManagedFields(body);
  const json = parseBoundedJson(pieces, shape);
  return 'expected' in json && pieces.length > 1 ? parseBoundedJson([body], shape) : json;
}

/**
 * Reads a review's request. Only the envelope is judged: `object` is passed on as it is.
 * @param body JSON in UTF-8
 * @param isEncoded whether it came out of an encoder of typed objects, as an API server's does: then nothing in it is
 *   there twice, what its user wrote is for that server to refuse, and looking for it is most of the cost of reading;
 *   objects come without their managed fields
 * @param shape what it holds, of which there is a limit, whoever sent it
 * @returns `admission-review-malformed` for a body that no API server sends
 */
export function parseAdmissionReview(
  body: Uint8Array,
  isEncoded = false,
  shape = shapeOfReview(body, isEncoded),
): AdmissionRequest | Refusal {
  const json = isEncoded ? parseEncodedJson(body, shape) : parseUnambiguousJson(body, shape);
  if ('expected' in json) return malformed('it', json.expected);
  const review = json.value;
  if (!isObject(review)) return malformed('it', 'a JSON object');
  if (review['kind'] !== 'AdmissionReview') return malformed('kind', 'AdmissionReview');
  const apiVersion = apiVersions.find((version) => version === review['apiVersion']);
  if (apiVersion === undefined) return malformed('apiVersion', `one of ${apiVersions.join(', ')}`);
  const request = review['request'];
  return isObject(request) ? readRequest(apiVersion, request) : malformed('request', 'an object');
}

/**
 * API servers cut a warning beyond 256 characters, and ignore those of a request beyond 4,096 in all (Kubernetes,
 * "Dynamic Admission Control": Response).
 */
const longestWarning = 256;
const longestWarnings = 4096;
/** For people to read in the audit log, which is no place for what a stranger made long. */
const longestAuditAnnotation = 1024;

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function warningsThatFit(warnings: readonly string[]): readonly string[] {
  const fitting: string[] = [];
  let room = longestWarnings;
  for (const warning of warnings) {
    const text = cut(warning, longestWarning);
    room -= text.length;
    if (room < 0) break;
    fitting.push(text);
  }
  return fitting;
}

function cutAll(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const key of Object.keys(annotations)) all[key] = cut(annotations[key] ?? '', longestAuditAnnotation);
  return all;
}

/** A patch in base64 has nothing to escape, and is most of the answer: so it is put in as it is. */
function patchMembers(patch: readonly unknown[]): string {
  if (patch.length === 0) return '';
  return `,"patchType":"JSONPatch","patch":"${Buffer.from(JSON.stringify(patch)).toString('base64')}"`;
}

/** The body of the answer, in the version that was asked in. */
export function answerAdmissionReview(
  { apiVersion, uid }: Pick<AdmissionRequest, 'apiVersion' | 'uid'>,
  { allowed, patch = [], warnings = [], auditAnnotations, status }: AdmissionAnswer,
): string {
  const rest = JSON.stringify({
    uid,
    allowed,
    warnings: warnings.length === 0 ? undefined : warningsThatFit(warnings),
    auditAnnotations: auditAnnotations && cutAll(auditAnnotations),
    status,
  });
  return `{"apiVersion":"${apiVersion}","kind":"AdmissionReview","response":${rest.slice(0, -1)}${patchMembers(patch)}}}`;
}
