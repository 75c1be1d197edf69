// How an endpoint of the AWS Query protocol answers: XML, or JSON for clients that ask for it.
import { Refusal } from '../refusals/index.ts';
import { type Answer, answerJson, answerXml, errorJson, errorXml } from './answers.ts';
import { type HttpRequest, type HttpResponse, header } from './http.ts';

/** JSON only for those who ask for it by its name: SDKs that name nothing, or anything, expect XML. */
const wantsJson = (request: HttpRequest) => (header(request, 'accept') ?? '').includes('application/json');

export interface QueryAnswering {
  /** The API version's own, such as `https://sts.amazonaws.com/doc/2011-06-15/`. */
  readonly namespace: string;
  readonly requestId: string;
}

/** The answer, or the refusal with its code and message as the protocol's clients read them. */
export function queryResponse(
  request: HttpRequest,
  outcome: Answer | Refusal,
  { namespace, requestId }: QueryAnswering,
): HttpResponse {
  const json = wantsJson(request);
  const common = { 'x-amzn-requestid': requestId, 'cache-control': 'no-store' };
  const headers = { 'content-type': json ? 'application/json' : 'text/xml', ...common };
  if (!(outcome instanceof Refusal)) {
    const body = json ? answerJson(outcome, requestId) : answerXml(outcome, namespace, requestId);
    return { status: 200, headers, body };
  }
  const error = { status: outcome.status, code: outcome.wire, message: outcome.explain() };
  const body = json ? errorJson(error, requestId) : errorXml(error, namespace, requestId);
  const allow = outcome.status === 405 ? { allow: 'POST' } : {};
  return { status: outcome.status, headers: { ...headers, ...allow }, body };
}
