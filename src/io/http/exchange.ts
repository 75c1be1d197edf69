// One request and its answer: head vetted, body collected, handler asked, answer written, each with its way out.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { HttpHandler, HttpResponse } from '../../core/wire/index.ts';
import { refusalAnswer, writeHead } from './answer.ts';
import type { AnswerRoom } from './answer-room.ts';
import { type Collected, collectBody, declaredLength, hasBody } from './body.ts';
import type { BodyRoom, BodyShare } from './body-room.ts';
import type { Connection, Connections } from './connections.ts';
import { refusalOfParser, refuseUnparsable } from './malformed.ts';
import type { RequestHead, ServeOptions } from './options.ts';
import { Turn } from './turn.ts';
import { vetHead } from './vetting.ts';

interface ExchangeSettings {
  readonly handler: HttpHandler;
  readonly vet: ServeOptions['vet'];
  readonly origin: ServeOptions['origin'];
  readonly bodyBytes: number;
  readonly bodies: BodyRoom;
  readonly answers: AnswerRoom;
  readonly connections: Connections;
  readonly onError: (error: unknown, requestId?: string) => void;
}

/** A request whose body is on its way or has arrived. */
interface Arriving {
  readonly connection: Connection;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the memory for bodies; undefined where it has none. */
  readonly share: BodyShare | undefined;
}

/** For how long the rest of a refused body is read and thrown away: closing at once would reset the refusal, unread. */
const lingerMs = 1000;

const noBody = new Uint8Array(0);

export class Exchanges {
  /** Whether answers close their connections. */
  draining = false;
  readonly #settings: ExchangeSettings;
  readonly #turn = new Turn();

  constructor(settings: ExchangeSettings) {
    this.#settings = settings;
  }

  /** @param awaitsContinue whether the client sends its body only after 100 (RFC 9110, section 10.1.1) */
  begin(message: IncomingMessage, response: ServerResponse, awaitsContinue = false): void {
    const connection = this.#settings.connections.find(message.socket);
    // The rest of what was pipelined behind a refused request dies with the connection.
    if (connection === undefined || connection.state === 'refused') return;
    const refusal = refusalOfState(connection) ?? vetHead(message) ?? this.#refusalOfLength(message);
    if (refusal !== undefined) {
      this.#refuseUnread(connection, message, response, refusalAnswer(refusal));
    } else if (hasBody(message)) {
      const answer = this.#vetted(connection, message);
      if (answer !== undefined) this.#refuseUnread(connection, message, response, answer);
      else this.#receive(connection, message, response, awaitsContinue);
    } else {
      message.resume();
      this.#ask({ connection, message, response, share: undefined }, noBody);
    }
  }

  /** The one place where it is said who the peer is. */
  #headOf(connection: Connection, message: IncomingMessage): RequestHead {
    const { origin } = this.#settings;
    const head = headOf(connection, message);
    return origin === undefined ? head : { ...head, peer: { ...head.peer, ...origin(head) } };
  }

  /** What the feature answers to the head alone, so that the body need not be held. */
  #vetted(connection: Connection, message: IncomingMessage): HttpResponse | undefined {
    try {
      return this.#settings.vet?.(this.#headOf(connection, message));
    } catch (error) {
      const requestId = randomUUID();
      this.#settings.onError(error, requestId);
      return refusalAnswer(refuse('http-handler-failed', {}), requestId);
    }
  }

  #receive(connection: Connection, message: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const { bodies, bodyBytes: limit, connections } = this.#settings;
    connections.enter(connection.socket, 'receiving');
    if (awaitsContinue) response.writeContinue();
    const share = bodies.open();
    const arriving = { connection, message, response, share };
    collectBody(message, { limit, declared: declaredLength(message), share }, (body) => this.#received(arriving, body));
  }

  /** What Node's parser or a time-out gave up on. An answer under way is cut rather than mixed with a refusal. */
  breakOff(error: Error, socket: Duplex): void {
    const state = this.#settings.connections.find(socket)?.state;
    if (state === 'waiting' || state === 'receiving') refuseUnparsable(socket, refusalOfParser(error));
    else if (state !== 'refused') socket.destroy();
  }

  #refusalOfLength(message: IncomingMessage): Refusal | undefined {
    const limit = this.#settings.bodyBytes;
    return (declaredLength(message) ?? 0) > limit ? refuse('http-body-too-large', { limit }) : undefined;
  }

  #received(arriving: Arriving, body: Collected): void {
    const { connection, message, response, share } = arriving;
    if (body instanceof Uint8Array) {
      share?.complete();
      this.#ask(arriving, body);
      return;
    }
    share?.release();
    if (body === 'broken-off') {
      message.socket.destroy();
    } else {
      const { bodyBytes: limit } = this.#settings;
      const refusal = body === 'too-large' ? refuse('http-body-too-large', { limit }) : refuse('http-body-no-room', {});
      this.#refuseUnread(connection, message, response, refusalAnswer(refusal));
    }
  }

  #ask(arriving: Arriving, body: Uint8Array): void {
    this.#settings.connections.enter(arriving.connection.socket, 'answering');
    this.#turn.join(() => this.#begin(arriving, body));
  }

  #begin({ connection, message, response, share }: Arriving, body: Uint8Array): void {
    const answered = (answer: HttpResponse) => {
      share?.release();
      this.#answer(connection, response, answer);
    };
    const failed = (error: unknown) => {
      share?.release();
      this.#fail(connection, response, error);
    };
    try {
      const answer = this.#settings.handler({ ...this.#headOf(connection, message), body });
      if (answer instanceof Promise) answer.then(answered).catch(failed);
      else answered(answer);
    } catch (error) {
      failed(error);
    }
  }

  #answer(connection: Connection, response: ServerResponse, answer: HttpResponse): void {
    if (response.destroyed) return;
    if (!this.#settings.answers.take(response, answer.body.length)) {
      this.#answer(connection, response, refusalAnswer(refuse('http-answer-no-room', {})));
      return;
    }
    const hasContent = writeHead(response, answer, this.draining);
    if (connection.state === 'answering') this.#settings.connections.enter(connection.socket, 'waiting');
    response.end(hasContent ? answer.body : undefined);
  }

  #fail(connection: Connection, response: ServerResponse, error: unknown): void {
    const requestId = randomUUID();
    this.#settings.onError(error, requestId);
    if (response.headersSent) response.destroy();
    else this.#answer(connection, response, refusalAnswer(refuse('http-handler-failed', {}), requestId));
  }

  /** Refuses a request whose body is not, or not wholly, read: the connection ends with it. */
  #refuseUnread(
    connection: Connection,
    message: IncomingMessage,
    response: ServerResponse,
    answer: HttpResponse,
  ): void {
    this.#settings.connections.enter(connection.socket, 'refused');
    const hasContent = writeHead(response, answer, true);
    if (!hasBody(message) || message.complete) response.end(hasContent ? answer.body : undefined);
    else endUnread(message, response, hasContent ? answer.body : '');
  }
}

function headOf({ peer }: Connection, message: IncomingMessage): RequestHead {
  const { method = '', url: target = '', rawHeaders } = message;
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  return { method, target, path, query, rawHeaders, peer };
}

function refusalOfState({ state, surplus }: Connection): Refusal | undefined {
  if (state !== 'waiting') return refuse('http-pipelining-refused', {});
  return surplus ? refuse('http-overloaded', {}) : undefined;
}

/** Answers, and throws away what still comes until its end or `lingerMs`. */
function endUnread(message: IncomingMessage, response: ServerResponse, body: string | Uint8Array): void {
  if (body.length > 0) response.write(body);
  const end = () => {
    clearTimeout(linger);
    if (!response.destroyed) response.end();
  };
  const linger = setTimeout(end, lingerMs);
  message.once('close', end);
  message.resume();
}
