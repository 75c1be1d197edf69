// Where a request comes from, and whether TLS carried it from there, when it came through proxies: each adds whom it heard it
// from to the right of a header, so that header is believed from its right end on, for as long as whoever wrote the next
// entry is trusted.
import { type Address, contains, type Network, readAddress } from './address.ts';

/** The header that the proxies write: X-Forwarded-For as all of them know it, or RFC 7239's Forwarded. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded';

export interface TrustedProxies {
  readonly networks: readonly Network[];
  /** The other header is not looked at: a proxy that writes one hands the other on as a stranger sent it. */
  readonly header: ForwardedHeader;
}

/** The near end of a request's way that is known. */
export interface Origin {
  readonly address: string;
  /** Whether the request left it over TLS. */
  readonly encrypted: boolean;
}

/** What proxies tell, line by line as received. */
export interface Told {
  /** The values of the header that they write. */
  readonly lines: readonly string[];
  /** Those of X-Forwarded-Proto, which goes with X-Forwarded-For, where the proxies are known to write it. */
  readonly schemes: readonly string[];
}

interface Hop {
  readonly text: string;
  readonly address: Address;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711` (RFC 7239, section 6). */
const bracketed = /^\[([^\]]+)\](?::\w+)?$/;
const withPort = /^([\d.]+):\w+$/;

function readNode(text: string): Hop | undefined {
  const [, inner = text] = bracketed.exec(text) ?? withPort.exec(text) ?? [];
  const address = readAddress(inner);
  return address && { text: textOf(address), address };
}

/** An address as it is written everywhere else (RFC 5952): one client has one spelling. */
function textOf(address: Address): string {
  const [high = 0, low = 0] = address;
  if (address.length === 2) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  // The URL Standard's host serializer compresses as RFC 5952 does.
  return new URL(`http://[${address.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

/** What stands between semicolons, which a quoted value (RFC 9110, section 5.6.4) may hold, too. */
const pairs = /(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g;

/** The values of a parameter in one element of Forwarded: as many as it is written there. */
function parametersOf(element: string, name: string): readonly string[] {
  return (element.match(pairs) ?? []).flatMap((pair) => {
    const sign = pair.indexOf('=');
    if (pair.slice(0, Math.max(sign, 0)).trim().toLowerCase() !== name) return [];
    const value = pair.slice(sign + 1).trim();
    return [value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value];
  });
}

/** What all of them are; undefined where there are none, and `http` where they differ or say it twice. */
function schemeOf(values: readonly string[]): string | undefined {
  const [scheme, ...others] = values;
  return others.length === 0 ? scheme?.toLowerCase() : 'http';
}

interface Form {
  /** Who an entry says that the request was heard from. */
  readonly node: (entry: string) => string | undefined;
  /** Over what; undefined where it does not say so. */
  readonly scheme: (entry: string, told: Told) => string | undefined;
}

const forms: Readonly<Record<ForwardedHeader, Form>> = {
  // Of several proxies, each overwrites X-Forwarded-Proto or adds to it: the way is TLS where none says otherwise.
  'x-forwarded-for': {
    node: (entry) => entry,
    scheme: (_, { schemes }) => {
      const values = schemes.flatMap((line) => line.split(',')).map((one) => one.trim().toLowerCase());
      return schemeOf([...new Set(values)]);
    },
  },
  // A proxy that can be trusted puts no comma into what it quotes; what a stranger quoted may swallow nothing behind it.
  forwarded: {
    node: (element) => {
      const [node, ...others] = parametersOf(element, 'for');
      return others.length === 0 ? node : undefined;
    },
    scheme: (element) => schemeOf(parametersOf(element, 'proto')),
  },
};

/** The entries of all of the header's lines, the last first; each is cut out only when it is asked for. */
function* entriesFromRight(lines: readonly string[]): Generator<string> {
  for (const line of lines.toReversed()) {
    for (let end = line.length; end >= 0; ) {
      const comma = end === 0 ? -1 : line.lastIndexOf(',', end - 1);
      yield line.slice(comma + 1, end).trim();
      end = comma;
    }
  }
}

/**
 * The address that a request comes from, and whether it left there over TLS:
 *   1. the peer's, unless it is a trusted proxy: whatever a stranger writes into the header means nothing;
 *   2. else the header's rightmost that is no trusted proxy's;
 *   3. where an entry cannot be read, as `unknown` and hidden names cannot, or nothing is left, the last that could.
 * Where no proxy tells over what it heard the request, it is what the request came over in the end.
 * It takes time in proportion to the entries that are looked at, and to all schemes.
 */
export function originOf(peer: Origin, told: Told, { networks, header }: TrustedProxies): Origin {
  const isTrusted = (address: Address) => networks.some((network) => contains(network, address));
  const address = readAddress(peer.address);
  if (address === undefined || !isTrusted(address)) return peer;
  const { node, scheme } = forms[header];
  let last = { entry: '', address: peer.address };
  for (const entry of entriesFromRight(told.lines)) {
    const hop = readNode(node(entry) ?? '');
    // Whoever hides the node may tell the scheme all the same.
    last = { entry, address: hop?.text ?? last.address };
    if (hop === undefined || !isTrusted(hop.address)) break;
  }
  const over = scheme(last.entry, told);
  return { address: last.address, encrypted: over === undefined ? peer.encrypted : over === 'https' };
}
