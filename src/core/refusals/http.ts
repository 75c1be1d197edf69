// Refusals of the HTTP servers, before any feature sees the request.
import { rows } from './row.ts';

export const httpRows = rows({
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
});
