// Where an API server is and who we are there: one value from whichever source, whose credentials change while it is used.
import { isDeepStrictEqual } from 'node:util';

export interface ApiServer {
  /** HTTPS; plain HTTP is only for servers that want no credential, such as `kubectl proxy`. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** What stands before `/api` and `/apis`; empty, or with a slash at its start and none at its end. */
  readonly basePath: string;
}

/** What a TLS handshake takes, as PEM. */
export interface TlsIdentity {
  /** Authorities that the server's certificate is verified with; undefined for those of the machine. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The name that the server's certificate must carry, where it is not the host. */
  readonly servername: string | undefined;
  readonly verifies: boolean;
}

export interface Credentials {
  /** The same object for as long as nothing in it changed. */
  readonly tls: TlsIdentity;
  /** The header's value. */
  readonly authorization: string | undefined;
}

/** `kept`: what is not due to be looked at again; `files`: files are read now; `all`: a plugin runs anew, too. */
export type Freshness = 'kept' | 'files' | 'all';

export interface Connection {
  readonly server: ApiServer;
  /** The namespace that the pod runs in or the context names. */
  readonly namespace: string | undefined;
  /** The same object for as long as nothing changed. @throws RefusedError `kubeconfig-plugin-failed` */
  readonly credentials: (freshness: Freshness) => Promise<Credentials>;
}

/** One text that may change, such as a file's. */
export type Source = (freshness: Freshness) => Promise<string | undefined>;

/** What a credential plugin gave. */
export interface PluginIdentity {
  readonly token: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface CredentialSources {
  readonly ca: Source;
  readonly cert: Source;
  readonly key: Source;
  readonly token: Source;
  readonly plugin: ((freshness: Freshness) => Promise<PluginIdentity>) | undefined;
  readonly servername: string | undefined;
  readonly verifies: boolean;
}

export const always =
  (text: string | undefined): Source =>
  () =>
    Promise.resolve(text);

/** Joins the sources; a token or certificate that is configured stands before the plugin's, as with kubectl. */
export function joinSources(sources: CredentialSources): Connection['credentials'] {
  const { servername, verifies, plugin } = sources;
  let last: Credentials | undefined;
  /** Unchanged parts stay the same objects, by which a client sees that it may keep its connections. */
  const settle = (found: TlsIdentity, bearer: string | undefined): Credentials => {
    const authorization = bearer === undefined ? undefined : `Bearer ${bearer}`;
    const tls = last !== undefined && isDeepStrictEqual(last.tls, found) ? last.tls : found;
    if (last?.tls !== tls || last.authorization !== authorization) last = { tls, authorization };
    return last;
  };
  return async (freshness) => {
    const [ca, cert, key, token] = await Promise.all([
      sources.ca(freshness),
      sources.cert(freshness),
      sources.key(freshness),
      sources.token(freshness),
    ]);
    const given = token === undefined && plugin !== undefined ? await plugin(freshness) : undefined;
    const identity = { ca, cert: cert ?? given?.cert, key: key ?? given?.key, servername, verifies };
    return settle(identity, token ?? given?.token);
  };
}
