// Which of a client's headers may pass the gateway: none that would make the API serve another request than the one
// that was judged, and none that speaks of who the client is, since that is what the gateway alone says.
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';

/** CGI and WSGI read `-` and `_` as one sign (RFC 3875, section 4.1.18), so a twin in `_` is the header itself. */
const fold = (name: string) => name.toLowerCase().replaceAll('_', '-');

/** Headers by which some servers take another method or path than the request line's. */
const overrides: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-method',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-forwarded-prefix',
]);

/** The request's header that would override what is judged. */
export function refuseOverride({ rawHeaders }: HttpRequest): Refusal | undefined {
  const name = rawHeaders.find((candidate, i) => i % 2 === 0 && overrides.has(fold(candidate)));
  return name === undefined ? undefined : refuse('gateway-header-override', { name });
}

/** What opens something: the API needs neither the signature or Bearer string nor the session's token. */
const credentials = ['authorization', 'x-amz-security-token'];

/** Where proxies write down the client's address. */
const addresses = [
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'client-ip',
  'true-client-ip',
  'x-true-client-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
  'x-remote-addr',
  'x-remote-ip',
  'remote-addr',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-envoy-external-address',
];

/** Where authenticating proxies write down the user, or the certificate that proved one. */
const identities = [
  'remote-user',
  'x-remote-user',
  'x-remote-group',
  'x-remote-groups',
  'x-user',
  'x-user-id',
  'x-user-name',
  'x-user-email',
  'x-username',
  'x-email',
  'x-groups',
  'x-webauth-user',
  'x-client-cert',
  'x-client-dn',
  'client-cert',
  'client-cert-chain',
];

const dropped: ReadonlySet<string> = new Set([...credentials, ...addresses, ...identities, 'x-request-id']);

/** The same, in families. */
const droppedPrefixes = [
  'x-podiam-',
  'x-forwarded-',
  'x-remote-extra-',
  'x-auth-request-',
  'x-authenticated-',
  'x-amzn-oidc-',
  'x-goog-authenticated-user-',
  'x-ms-client-principal',
  'x-ssl-client-',
  'ssl-client-',
];

/** Whether a client's header stays behind: a client's own word for who it is never reaches the API. */
export function isDropped(name: string): boolean {
  const folded = fold(name);
  return dropped.has(folded) || droppedPrefixes.some((prefix) => folded.startsWith(prefix));
}

/** What the API is told of the client's connection: what the gateway's own socket knows. */
export function connectionHeaders({ peer }: HttpRequest): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': peer.address, 'x-forwarded-proto': peer.encrypted ? 'https' : 'http' };
}
