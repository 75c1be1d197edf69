// The URL of an issuer, as it may be registered.

const longestUrl = 255;
const scheme = 'https://';
/** A name or an address, with or without a port: no user, no password, nothing escaped. */
const authorityShape = /^(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/;

/**
 * What is wrong with an issuer's URL (OpenID Connect Discovery 1.0, section 2; AWS: https, no query, no fragment). Its
 * bytes are judged, not what a URL parser makes of them, since its bytes are what `iss` is compared with.
 */
export function issuerUrlProblem(url: string): string | undefined {
  if (url.length > longestUrl) return `it is longer than ${longestUrl} characters`;
  if (!url.startsWith(scheme)) return 'it does not begin with https:// in lower case';
  if (!/^[\x21-\x7E]*$/.test(url)) return 'it has white space, a control character or something outside ASCII';
  if (/[?#]/.test(url)) return 'it has a query or a fragment';
  const [authority = ''] = url.slice(scheme.length).split('/', 1);
  if (authority.includes('@')) return 'it names a user';
  return authorityShape.test(authority) && !url.includes('\\') && URL.canParse(url)
    ? undefined
    : 'it is no URL of a host';
}
