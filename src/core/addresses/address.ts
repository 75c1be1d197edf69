// IP addresses and networks in CIDR notation (RFC 4632; RFC 4291, section 2.2), as they are written.

/** Groups of 16 bits: two of them are IPv4, eight IPv6. */
export type Address = readonly number[];

export interface Network {
  readonly address: Address;
  /** How many leading bits count. */
  readonly prefix: number;
}

const longestAddress = 45;
const smallNumber = /^(?:0|[1-9]\d{0,2})$/;
const hexGroup = /^[0-9a-fA-F]{1,4}$/;

/** Four decimal bytes; a leading zero is refused, since some read it as octal. */
function readV4(text: string): Address | undefined {
  const bytes = text.split('.');
  if (bytes.length !== 4 || !bytes.every((byte) => smallNumber.test(byte) && Number(byte) < 256)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** Colon-separated groups, of which the last may be an IPv4 address in its own notation. */
function readGroups(text: string): Address | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const embedded = parts.at(-1)?.includes('.') ? readV4(parts.pop() ?? '') : [];
  if (embedded === undefined || !parts.every((part) => hexGroup.test(part))) return undefined;
  return [...parts.map((part) => Number.parseInt(part, 16)), ...embedded];
}

function readV6(text: string): Address | undefined {
  const [left = '', right, ...more] = text.split('::');
  const head = readGroups(left);
  const tail = right === undefined ? [] : readGroups(right);
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  // An embedded IPv4 address ends the whole text, not its first half.
  if (right !== undefined && left.includes('.')) return undefined;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Sockets that listen on both families tell an IPv4 peer as `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2). */
function isMapped(address: Address): boolean {
  return address.length === 8 && address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);
}

function readPlain(text: string): Address | undefined {
  if (text.length > longestAddress) return undefined;
  return text.includes(':') ? readV6(text) : readV4(text);
}

/** An address; one of IPv4 inside IPv6 is the IPv4 address. */
export function readAddress(text: string): Address | undefined {
  const address = readPlain(text);
  return address !== undefined && isMapped(address) ? address.slice(6) : address;
}

/**
 * Whom an address belongs to, as far as it tells: a home or a node has a network of IPv6 addresses, and could else begin
 * anew with each. What is no address is itself.
 */
export function holderOf(text: string): string {
  if (!text.includes(':')) return text;
  const address = readAddress(text);
  return address?.length === 8 ? address.slice(0, 4).join(':') : text;
}

/** An address, alone or with `/prefix`; bits behind the prefix do not count. */
export function readNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const address = readPlain(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = address.length * 16;
  const written = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!smallNumber.test(written) || Number(written) > bits) return undefined;
  const prefix = Number(written);
  return isMapped(address) && prefix >= 96 ? { address: address.slice(6), prefix: prefix - 96 } : { address, prefix };
}

/** Whether the address lies in the network. A network of one family holds no address of the other. */
export function contains(network: Network, address: Address): boolean {
  if (network.address.length !== address.length) return false;
  return address.every((group, index) => {
    const counted = Math.min(16, Math.max(0, network.prefix - index * 16));
    const shift = 16 - counted;
    return group >> shift === (network.address[index] ?? 0) >> shift;
  });
}
