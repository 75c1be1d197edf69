// Requests as the tests' API server saw them, and the errors that it answers.
import type { IncomingHttpHeaders } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export function statusObject(code: number, reason: string, message = `${reason} by the test’s API server`) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message };
}
