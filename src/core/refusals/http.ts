// Refusals of the HTTP servers, before any feature sees the request, and of the way on to an upstream.
import { rows } from './row.ts';

export const httpRows = rows({
  'http-malformed': {
    status: 400,
    wire: 'BadRequest',
    sentence: 'The message is not well-formed HTTP/1.1: {problem}.',
    remedy: 'Speak HTTP/1.1 as RFC 9112 has it; no other version is spoken here.',
  },
  'http-target-ambiguous': {
    status: 400,
    wire: 'InvalidURI',
    sentence: 'The request target {problem}, which servers read in different ways.',
    remedy: 'Send the target in origin-form, a path and a query, with everything unusual percent-encoded.',
  },
  'http-header-repeated': {
    status: 400,
    wire: 'InvalidHeader',
    sentence: 'The header {name} stands more than once.',
    remedy: 'Send it once.',
  },
  'http-method-refused': {
    status: 400,
    wire: 'BadRequest',
    sentence: 'The method {method} is not spoken here.',
    remedy: 'Use the method that the documentation names for this path.',
  },
  'http-upgrade-refused': {
    status: 400,
    wire: 'BadRequest',
    sentence: 'The connection cannot be upgraded to another protocol.',
    remedy: 'Leave the header Upgrade out and speak HTTP/1.1; with curl, --http1.1.',
  },
  'http-coding-unknown': {
    status: 501,
    wire: 'NotImplemented',
    sentence: 'The transfer coding {coding} is not spoken here.',
    remedy: 'Send the body with Content-Length, or with Transfer-Encoding: chunked and no other coding.',
  },
  'http-expectation-unknown': {
    status: 417,
    wire: 'ExpectationFailed',
    sentence: 'The expectation ‘{expectation}’ cannot be met here.',
    remedy: 'Leave the header Expect out, or send it as 100-continue.',
  },
  'http-pipelining-refused': {
    status: 400,
    wire: 'BadRequest',
    sentence: 'A request was sent before the one ahead of it was answered.',
    remedy: 'Wait for each answer, or open several connections.',
  },
  'http-headers-too-large': {
    status: 431,
    wire: 'RequestHeaderFieldsTooLarge',
    sentence: 'The request’s headers are larger than is taken here.',
    remedy: 'Send fewer or shorter headers.',
  },
  'http-request-too-slow': {
    status: 408,
    wire: 'RequestTimeout',
    sentence: 'The request did not arrive in time.',
    remedy: 'Send it again, in one go.',
  },
  'http-body-too-large': {
    status: 413,
    wire: 'RequestEntityTooLarge',
    sentence: 'The body is larger than the {limit} bytes that are taken here.',
    remedy: 'Send a smaller body.',
  },
  'http-not-found': {
    status: 404,
    wire: 'NotFound',
    sentence: 'Nothing is served at {path}.',
    remedy: 'Look the path up in the documentation; it counts case and a last slash.',
  },
  'http-method-not-allowed': {
    status: 405,
    wire: 'MethodNotAllowed',
    sentence: '{path} does not take {method}.',
    remedy: 'Use {allowed}.',
  },
  'http-overloaded': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'More connections are open than this server takes.',
    remedy: 'Try again after a pause, and keep fewer connections open.',
  },
  'http-body-no-room': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence:
      'The bodies that are under way are together more than this server holds, and this is the largest of them.',
    remedy: 'Try again after a pause, and send fewer large requests at once.',
  },
  'http-answer-no-room': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The answer is longer than this server holds.',
    remedy: 'Ask for less at once, by pages where there are any.',
  },
  'http-handler-failed': {
    status: 500,
    wire: 'InternalFailure',
    sentence: 'The request could not be answered because of a fault in this server.',
    remedy: 'Try again; if it goes on, give the operator the request id, under which the log tells the cause.',
  },
  'http-upstream-unavailable': {
    status: 502,
    wire: 'BadGateway',
    sentence: 'The API behind this gateway could not be reached, or broke its answer off.',
    remedy: 'Try again; if it goes on, the operator finds the cause in the log.',
  },
  'http-upstream-too-slow': {
    status: 504,
    wire: 'GatewayTimeout',
    sentence: 'The API behind this gateway did not answer within {milliseconds} milliseconds.',
    remedy: 'Look whether the request took effect before it is sent again.',
  },
  'http-upstream-answer-too-large': {
    status: 502,
    wire: 'BadGateway',
    sentence: 'The API’s answer is larger than the {limit} bytes that pass here.',
    remedy: 'Ask for less at a time.',
  },
});
