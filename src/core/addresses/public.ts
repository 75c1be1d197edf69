// Which addresses lead out to the Internet: all but those that the registries of special-purpose addresses keep for
// something else (RFC 6890; IANA, "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry").
import { contains, type Network, readAddress, readNetwork } from './address.ts';

const special = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Link-local: the clouds' metadata services answer here.
  '169.254.0.0/16',
  // In no registry, and yet only one cloud's machines reach it: their host answers there (Azure, "What is IP address
  // 168.63.129.16?").
  '168.63.129.16/32',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Of IPv6, only global unicast is handed out (RFC 4291, section 2.5.4); in it, these are not what they seem. */
const globalUnicast = '2000::/3';
const specialGlobal = [
  // Carry an IPv4 address, of which nothing says that it is public: Teredo and 6to4.
  '2001::/32',
  '2002::/16',
  '2001:2::/48',
  '2001:10::/28',
  '2001:db8::/32',
  '3fff::/20',
];

function networkOf(text: string): Network {
  const network = readNetwork(text);
  if (network === undefined) throw new Error(`${text} is no network`);
  return network;
}

const specialNetworks = [...special, ...specialGlobal].map(networkOf);
const globalNetwork = networkOf(globalUnicast);

/** Whether the text is an address of the public Internet. What cannot be read is not; IPv4 inside IPv6 is judged as IPv4. */
export function isPublicAddress(text: string): boolean {
  const address = readAddress(text);
  if (address === undefined || specialNetworks.some((network) => contains(network, address))) return false;
  return address.length === 2 || contains(globalNetwork, address);
}
