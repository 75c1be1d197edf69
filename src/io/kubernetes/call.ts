// One request on the wire: a deadline, a caller who may give up, and an answer that is whole or none.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';

export interface CallLimits {
  /** Such as `GET /api/v1/pods`, for refusals. */
  readonly what: string;
  /** Host and port, for refusals. */
  readonly server: string;
  /** Milliseconds until the answer is whole; of a stream, until it begins. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export class Call {
  /** @throws (rejects with) RefusedError `kubernetes-unreachable`, `kubernetes-too-slow`; the signal's reason */
  readonly head: Promise<IncomingMessage>;
  readonly #request: ClientRequest;
  readonly #limits: CallLimits;
  readonly #deadline: NodeJS.Timeout;
  readonly #abandon: (error: Error) => void;
  #failure: Error | undefined;
  #errorCode = '';

  constructor(request: ClientRequest, limits: CallLimits) {
    this.#request = request;
    this.#limits = limits;
    const { signal, timeoutMs, what } = limits;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    this.head = promise;
    this.#abandon = reject;
    this.#deadline = setTimeout(
      () => this.fail(new RefusedError(refuse('kubernetes-too-slow', { what, milliseconds: timeoutMs }))),
      timeoutMs,
    );
    const abort = () => this.fail(reasonOf(signal));
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', (error) => {
      this.#errorCode = 'code' in error ? String(error.code) : '';
      // A look-up may refuse the address in words of its own.
      this.fail(error instanceof RefusedError ? error : this.#unreachable(systemProblem(error)));
    });
    let isAnswered = false;
    request.on('response', (message) => {
      isAnswered = true;
      message.on('error', () => {});
      resolve(message);
    });
    request.on('close', () => {
      clearTimeout(this.#deadline);
      signal?.removeEventListener('abort', abort);
      // An answer that is none, such as a change of protocol that nobody asked for, ends without an error.
      if (!isAnswered) this.fail(this.brokenOff());
    });
    if (signal?.aborted === true) abort();
  }

  /** Whether a kept connection had been closed by the server before the request reached it. */
  get isStale(): boolean {
    return this.#request.reusedSocket && (this.#errorCode === 'ECONNRESET' || this.#errorCode === 'EPIPE');
  }

  /** Ends the call; what it rejects with is the first failure. */
  fail(error: Error): void {
    this.#failure ??= error;
    clearTimeout(this.#deadline);
    this.#request.destroy();
    // A request that still waits for a connection would tell nobody that it was destroyed.
    this.#abandon(this.#failure);
  }

  /** Why nothing more comes. */
  brokenOff(): Error {
    return this.#failure ?? this.#unreachable('the connection ended in the middle');
  }

  /** Whether the answer broke off before anyone read it: no event will tell. */
  hasLost(message: IncomingMessage): boolean {
    return message.destroyed && !message.complete;
  }

  /** From here on the answer may take as long as it takes. */
  endDeadline(): void {
    clearTimeout(this.#deadline);
  }

  /** The answer's body. @throws RefusedError `kubernetes-answer-too-large`, and as `head` */
  async text(message: IncomingMessage, mostBytes: number): Promise<string> {
    if (this.hasLost(message)) throw this.brokenOff();
    const chunks: Buffer[] = [];
    let received = 0;
    return new Promise((resolve, reject) => {
      message.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received <= mostBytes) {
          chunks.push(chunk);
          return;
        }
        this.fail(new RefusedError(refuse('kubernetes-answer-too-large', { limit: mostBytes, what: 'bytes' })));
        // An answer that is complete by then has no end that is told of any more.
        reject(this.brokenOff());
      });
      message.on('end', () => {
        if (message.complete) resolve(Buffer.concat(chunks, received).toString('utf8'));
      });
      message.on('close', () => message.complete || reject(this.brokenOff()));
    });
  }

  #unreachable(problem: string): RefusedError {
    return new RefusedError(refuse('kubernetes-unreachable', { server: this.#limits.server, problem }));
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted');
}
