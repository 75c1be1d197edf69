// What every answer must be, whatever was asked: of the protocol, never our fault, and a patch that another library applies.
import jsonPatch from 'fast-json-patch';
import { isList, isObject, type JsonObject } from '../../src/core/injection/index.ts';

/** All that HTTP and the protocol of admission have for a request that is not taken. */
const statuses = new Set([200, 400, 404, 405, 408, 413, 415, 431]);

function isAddition(value: unknown): value is { op: 'add'; path: string; value: unknown } {
  return isObject(value) && value['op'] === 'add' && typeof value['path'] === 'string' && 'value' in value;
}

function problemOfPatch(patch: unknown, asked: string): string | undefined {
  if (patch === undefined) return undefined;
  if (typeof patch !== 'string') return 'a patch that is no text';
  const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString());
  if (!isList(operations) || !operations.every(isAddition)) return 'a patch of other operations than add';
  const review: unknown = JSON.parse(asked);
  const request = isObject(review) ? review['request'] : undefined;
  const object = isObject(request) ? request['object'] : undefined;
  try {
    jsonPatch.applyPatch(object, [...operations], true);
    return undefined;
  } catch (error) {
    return `a patch that does not apply: ${String(error).slice(0, 200)}`;
  }
}

function problemOfReview(answer: JsonObject, asked: string): string | undefined {
  const { response } = answer;
  if (answer['kind'] !== 'AdmissionReview' || !isObject(response)) return 'no AdmissionReview';
  if (typeof response['uid'] !== 'string' || typeof response['allowed'] !== 'boolean')
    return 'no uid, or not whether allowed';
  return problemOfPatch(response['patch'], asked);
}

/** What is wrong with an answer; undefined for nothing. */
export function problemOf(status: number, body: string, asked: string): string | undefined {
  if (!statuses.has(status)) return `the status ${status}`;
  const answer: unknown = JSON.parse(body);
  if (!isObject(answer)) return 'no object';
  if (status === 200) return problemOfReview(answer, asked);
  return typeof answer['reason'] === 'string' ? undefined : 'a refusal without its code';
}
