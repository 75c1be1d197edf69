// POST /mutate: an AdmissionReview in, an AdmissionReview out.
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import {
  type AdmissionRequest,
  answerAdmissionReview,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  header,
  methodNotAllowed,
  mutatePath,
  parseAdmissionReview,
  refusalResponse,
  refuseReviewOf,
  shapeOfReview,
} from '../../core/wire/index.ts';
import { patienceOf } from './deadline.ts';
import { judge } from './judge.ts';
import type { AdmissionPorts, AdmissionRecord } from './ports.ts';
import { ReadingRoom } from './reading-room.ts';
import { failed, type Verdict } from './verdict.ts';

const method = 'POST';
const mediaType = 'application/json';
/**
 * What API servers call themselves towards webhooks. Who lies about it is spared the search for members that are there
 * twice, which could only mislead an answer to himself; the limits of size, depth and number are the same.
 */
const apiServerAgent = 'kube-apiserver-admission';

/** Why a request is no review that could be read, first of: where, how, in what form. */
function misdirected(request: HttpRequest): HttpResponse | undefined {
  const { path } = request;
  if (path !== mutatePath) return refusalResponse(refuse('http-not-found', { path }));
  if (request.method !== method) return methodNotAllowed(request, method);
  const type = header(request, 'content-type') ?? '';
  const [essence = ''] = type.split(';', 1);
  return essence.trim().toLowerCase() === mediaType
    ? undefined
    : refusalResponse(refuse('admission-content-type', { type }));
}

function recordOf(request: AdmissionRequest, verdict: Verdict): AdmissionRecord {
  const { uid, kind, operation, namespace, name, dryRun } = request;
  const { serviceAccount, outcome, code, reason, cause, refusal, claimed, allowed, warnings } = verdict;
  const { profile = '', method = '' } = verdict;
  return {
    uid,
    kind,
    operation,
    namespace,
    name,
    serviceAccount,
    outcome,
    code,
    reason,
    cause,
    refusal,
    claimed,
    profile,
    method,
    allowed,
    warnings,
    dryRun,
  };
}

/**
 * Whoever asks has given up by the time an answer could be there, where all that runs here lags that far behind: leaving
 * such work undone is how the rest is answered in time.
 */
function overdue(patienceMs: number, { lag }: AdmissionPorts): HttpResponse | undefined {
  return lag !== undefined && lag() > patienceMs ? refusalResponse(refuse('admission-overloaded', {})) : undefined;
}

/** Whatever goes wrong on our side is no reason to answer an API server with an error: under failurePolicy Fail that stops the cluster. */
async function judgeSafely(request: AdmissionRequest, ports: AdmissionPorts, patienceMs: number): Promise<Verdict> {
  try {
    return await judge(request, ports, patienceMs);
  } catch (error) {
    if (error instanceof RefusedError) return failed(error.refusal, '', ports.onFailure);
    const cause = error instanceof Error ? error.message : 'unknown';
    return failed(refuse('admission-lookup-failed', { what: 'configuration' }, cause), '', ports.onFailure);
  }
}

function logSafely(record: AdmissionRecord, ports: AdmissionPorts): void {
  try {
    ports.log(record);
  } catch {
    // A log that cannot be written keeps no pod from starting; the log's own health is its maker's to watch.
  }
}

function answer(review: AdmissionRequest, verdict: Verdict, ports: AdmissionPorts): HttpResponse {
  logSafely(recordOf(review, verdict), ports);
  const auditAnnotations = { decision: verdict.outcome, reason: verdict.reason };
  const { allowed, patch, warnings, status } = verdict;
  const body = answerAdmissionReview(review, { allowed, patch, warnings, status, auditAnnotations });
  return { status: 200, headers: { 'content-type': mediaType }, body };
}

/**
 * The webhook as a function: 200 with a review for all that could be judged, 400 for a body that is no review, 404,
 * 405 and 415 as HTTP has them; the size of the body is the server's to limit. A port that fails makes an allowed
 * review with a warning, never a 5xx; that is kept for what comes too late to be answered in time, or is more than fits into memory.
 */
export function createAdmissionHandler(ports: AdmissionPorts): HttpHandler {
  const room = new ReadingRoom();
  return async (request) => {
    const wrong = misdirected(request);
    if (wrong) return wrong;
    const patienceMs = patienceOf(request.query);
    const late = overdue(patienceMs, ports);
    if (late) return late;
    const isEncoded = header(request, 'user-agent') === apiServerAgent;
    const shape = shapeOfReview(request.body, isEncoded);
    const immense = refuseReviewOf(shape);
    if (immense) return refusalResponse(immense);
    if (!room.enter(shape.values)) return refusalResponse(refuse('admission-crowded', {}));
    try {
      const review = parseAdmissionReview(request.body, isEncoded, shape);
      if (review instanceof Refusal) return refusalResponse(review);
      return answer(review, await judgeSafely(review, ports, patienceMs), ports);
    } finally {
      room.leave(shape.values);
    }
  };
}
