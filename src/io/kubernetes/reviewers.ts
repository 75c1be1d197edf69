// The clusters that are asked about their tokens. Strangers name these API servers, and there may be very many: so each
// address is judged as that of a fetched document is, time and size are limited, and only so many stay connected.
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { type AddressGuard, guardedLookup, judgedAddresses } from '../documents/index.ts';
import { connectWithToken, parseAddress } from './address.ts';
import { createKubernetesClient, type KubernetesClient } from './client.ts';
import { StatusError } from './status.ts';
import { reviewToken, type TokenReview } from './token-review.ts';

/** An API server, and as whom it is asked. */
export interface ReviewServer {
  /** Begins with `https://`. */
  readonly url: string;
  /** PEM of the only authorities that its certificate may be signed by; the usual ones where it is undefined. */
  readonly certificateAuthority: string | undefined;
  /** The reviewer's own token. */
  readonly token: string;
}

export interface ReviewLimits extends AddressGuard {
  /** Milliseconds from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** PEM of authorities that are trusted beside the usual ones, where a server has none of its own. */
  readonly certificateAuthority?: string | undefined;
  /** How many servers stay connected; those asked last do. */
  readonly mostServers?: number;
}

/** One server's name in here, and which version of its settings is meant: another one is connected to anew. */
export interface ReviewServerKey {
  readonly id: string;
  readonly revision: number;
}

export interface ReviewQuestion {
  readonly token: string;
  readonly audiences: readonly string[];
}

export interface Reviewers {
  /**
   * @param find where the server is; asked where it is not connected, or by another revision @throws what it throws
   * @throws StatusError for what the API server refuses; RefusedError `kubernetes-…`, `document-address-private`
   */
  readonly ask: (
    key: ReviewServerKey,
    find: () => Promise<ReviewServer>,
    question: ReviewQuestion,
  ) => Promise<TokenReview>;
  /** Whether the server answers at all, asked about a token that is none. @throws as `ask` does */
  readonly tryOut: (server: ReviewServer) => Promise<void>;
  /** Closes all connections; what is under way fails. */
  readonly close: () => void;
}

/** Exchanges of one cluster at once; further ones wait for a connection within their time. */
const connectionsEach = 16;
/** Under what load balancers and API servers grant an idle connection, which is a minute or more. */
const idleMs = 30_000;

/** No token, and nothing that could be taken for one. */
const noToken = 'podiam-asks-whether-tokens-are-reviewed';

/** Words as long as tokens are none that anyone has to read: what a server quotes is not put into a log. */
const tokenLike = /[\w.~+/=-]{100,}/g;

/** What a server says is its owner's choice, and looking through all of it would take a tenth of a second. */
const longestText = 1000;

/** Cut between two words: the half of a token would be one that nobody looks for. */
function shortened(text: string): string {
  return text.length > longestText ? `${text.slice(0, text.lastIndexOf(' ', longestText) + 1)}…` : text;
}

function unquoted(text: string, tokens: readonly string[]): string {
  const whole = shortened(text);
  return tokens.reduce((left, token) => left.replaceAll(token, '(token)'), whole).replaceAll(tokenLike, '(token)');
}

function withoutTokens(error: unknown, tokens: readonly string[]): unknown {
  if (!(error instanceof StatusError)) return error;
  const { code, message, reason, retryAfterSeconds } = error;
  const texts = { message: unquoted(message, tokens), reason: unquoted(reason, tokens) };
  return new StatusError({ code, retryAfterSeconds, ...texts });
}

async function ask(
  client: KubernetesClient,
  { token, audiences }: ReviewQuestion,
  reviewer: string,
): Promise<TokenReview> {
  const tokens = [token, reviewer];
  try {
    const { authenticated, problem } = await reviewToken(client, token, audiences);
    return { authenticated, problem: unquoted(problem, tokens) };
  } catch (error) {
    throw withoutTokens(error, tokens);
  }
}

interface Connected {
  readonly client: KubernetesClient;
  readonly reviewer: string;
}

function createConnect({ timeoutMs, certificateAuthority: usual, ...guard }: ReviewLimits) {
  const lookup = guardedLookup(guard);
  const trusted = usual === undefined ? undefined : [...rootCertificates, usual].join('\n');

  return async ({ url, certificateAuthority = trusted, token }: ReviewServer): Promise<Connected> => {
    const address = parseAddress(url);
    if ('problem' in address) throw new RefusedError(refuse('document-url-unfit', { url, problem: address.problem }));
    if (!address.secure)
      throw new RefusedError(refuse('document-url-unfit', { url, problem: 'its scheme is not https' }));
    // A socket looks up names alone: an address is judged here, once.
    const judged = isIP(address.host) === 0 ? undefined : await judgedAddresses(address.host, guard);
    if (judged instanceof Refusal) throw new RefusedError(judged);
    const connection = connectWithToken(address, token, certificateAuthority);
    const client = createKubernetesClient(connection, { timeoutMs, connections: connectionsEach, idleMs, lookup });
    return { client, reviewer: token };
  };
}

/** A server in use: taken out of the memory, it is closed when the last question is answered. */
class Held {
  readonly revision: number;
  readonly connected: Promise<Connected>;
  #uses = 0;
  #isRetired = false;

  constructor(revision: number, connected: Promise<Connected>) {
    this.revision = revision;
    this.connected = connected;
  }

  async use<Result>(run: (connected: Connected) => Promise<Result>): Promise<Result> {
    this.#uses += 1;
    try {
      return await run(await this.connected);
    } finally {
      this.#uses -= 1;
      if (this.#isRetired) this.retire();
    }
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#uses === 0) this.close();
  }

  close(): void {
    this.connected.then(
      ({ client }) => client.close(),
      () => {},
    );
  }
}

export function createReviewers({ mostServers = 500, ...limits }: ReviewLimits): Reviewers {
  const connect = createConnect(limits);
  /** In the order of their last use. */
  const held = new Map<string, Held>();

  function forget(id: string, entry: Held): void {
    if (held.get(id) === entry) held.delete(id);
    entry.retire();
  }

  function hold({ id, revision }: ReviewServerKey, find: () => Promise<ReviewServer>): Held {
    const kept = held.get(id);
    const isCurrent = kept?.revision === revision;
    if (kept && !isCurrent) forget(id, kept);
    const entry = kept && isCurrent ? kept : new Held(revision, find().then(connect));
    if (entry !== kept) entry.connected.catch(() => forget(id, entry));
    held.delete(id);
    held.set(id, entry);
    const [oldest] = held.size > mostServers ? held : [];
    if (oldest) forget(...oldest);
    return entry;
  }

  return {
    ask: (key, find, question) => hold(key, find).use(({ client, reviewer }) => ask(client, question, reviewer)),
    tryOut: async (server) => {
      const { client, reviewer } = await connect(server);
      try {
        await ask(client, { token: noToken, audiences: [] }, reviewer);
      } finally {
        client.close();
      }
    },
    close: () => {
      for (const entry of held.values()) entry.close();
      held.clear();
    },
  };
}
