// The address of an API server, as kubeconfigs and flags write it.
import type { ApiServer, Connection } from './connection.ts';

/** @returns what is wrong with it, as the end of a sentence, where it is none */
export function parseAddress(text: string): ApiServer | { readonly problem: string } {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { problem: 'is no URL that begins with https://' };
  }
  if (url.username !== '' || url.password !== '') return { problem: 'holds a user name or password' };
  if (url.search !== '' || url.hash !== '') return { problem: 'has a query or fragment' };
  const secure = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const path = url.pathname;
  return { secure, host, port, basePath: path.endsWith('/') ? path.slice(0, -1) : path };
}

/** With a bearer token that stays the same. @param ca PEM; the machine's authorities where it is undefined */
export function connectWithToken(server: ApiServer, token: string, ca: string | undefined): Connection {
  const tls = { ca, cert: undefined, key: undefined, servername: undefined, verifies: true };
  const credentials = { tls, authorization: `Bearer ${token}` };
  return { server, namespace: undefined, credentials: () => Promise.resolve(credentials) };
}

/** For a server that wants no credential, such as `kubectl proxy`. */
export function connectAnonymously(server: ApiServer): Connection {
  const tls = { ca: undefined, cert: undefined, key: undefined, servername: undefined, verifies: true };
  const credentials = { tls, authorization: undefined };
  return { server, namespace: undefined, credentials: () => Promise.resolve(credentials) };
}
