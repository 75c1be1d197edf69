// The listener of admission: it begins with the first certificate, and changes certificate and trusted clients in passing.
import type { HttpHandler } from '../../core/wire/index.ts';
import { type RunningServer, type ServeOptions, serve, type TlsMaterial } from '../../io/http/index.ts';

/**
 * An API server has 200 mutating requests in flight unless it is told otherwise. Each connection costs some 65 KB, so
 * that strangers who open as many as they can stay within the memory that the manifests allow.
 */
const mostConnections = 400;
const largestReview = 8 * 1024 * 1024;
/** Of all reviews together: three of the largest, beside as many small ones as there are connections. */
const allReviews = 3 * largestReview;
/** For what is under way once no more is taken. */
const graceMs = 10_000;

interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly handler: HttpHandler;
  readonly vet: NonNullable<ServeOptions['vet']>;
  readonly onError: (error: unknown) => void;
  /** Whose client certificates are trusted at the start (PEM); undefined where none is asked for, now and later. */
  readonly clientCa: string | undefined;
}

export class Listener {
  readonly #options: ListenerOptions;
  readonly #first = Promise.withResolvers<RunningServer>();
  #server: RunningServer | undefined;
  #starting: Promise<void> | undefined;
  #isClosed = false;
  #certificate: TlsMaterial | undefined;
  #clientCa: string | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#clientCa = options.clientCa;
    this.#first.promise.catch(() => {});
  }

  get listening(): Promise<RunningServer> {
    return this.#first.promise;
  }

  /**
   * Nothing is served any more once it was closed.
   * @throws RefusedError where it cannot be served; what was served before is served on
   */
  async serve(certificate: TlsMaterial): Promise<void> {
    if (this.#isClosed) return;
    const tls = withClients(certificate, this.#clientCa);
    if (this.#server) this.#server.setTls(tls);
    else await (this.#starting = this.#start(tls));
    this.#certificate = certificate;
  }

  /** Trusts other clients from the next connection on. @throws RefusedError where the material is unfit */
  trustClients(clientCa: string): void {
    if (this.#server && this.#certificate) this.#server.setTls(withClients(this.#certificate, clientCa));
    this.#clientCa = clientCa;
  }

  /** The first certificate may be on its way yet: a server that starts meanwhile is closed, too. */
  async close(lameDuckMs: number): Promise<void> {
    this.#isClosed = true;
    await this.#starting?.catch(() => {});
    await this.#server?.close({ graceMs, lameDuckMs });
  }

  async #start(tls: TlsMaterial): Promise<void> {
    const { handler, host, onError, port, vet } = this.#options;
    const limits = { bodyBytes: largestReview, bodiesBytes: allReviews, connections: mostConnections };
    try {
      this.#server = await serve({ host, port, handler, vet, onError, tls, limits });
      this.#first.resolve(this.#server);
    } catch (error) {
      this.#first.reject(error);
      throw error;
    }
  }
}

function withClients({ cert, key }: TlsMaterial, clientCa: string | undefined): TlsMaterial {
  return { cert, key, ...(clientCa !== undefined && { clientCa }) };
}
