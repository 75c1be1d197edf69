// Which addresses a stranger's URL may lead to. What a registration names is asked by this machine, which reaches more than
// the stranger does: so names are looked up here, every address is judged, and the connection goes to what was judged.
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { isPublicAddress } from '../../core/addresses/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { type Address, createLookUp, type LookUp } from './look-up.ts';

/** One for the process, whose threads it spares. */
const usualLookUp = createLookUp();

export interface AddressGuard {
  /** Whether addresses outside the public Internet may be asked, as for clusters in the platform's own network. */
  readonly allowsPrivate: boolean;
  /** This machine's names and DNS, unless a test has names of its own. */
  readonly lookUp?: LookUp;
}

/**
 * What may be connected to. Every address that the name has must be allowed: one that answers with a public and a
 * private address would else have a second try.
 * @param host a name, or an address without brackets
 * @returns at least one, or `document-unreachable`, `document-address-private` @throws the resolver's error
 */
export async function judgedAddresses(
  host: string,
  { allowsPrivate, lookUp = usualLookUp }: AddressGuard,
): Promise<readonly [Address, ...Address[]] | Refusal> {
  const literal = isIP(host);
  const [first, ...others] = literal === 0 ? await lookUp(host) : [{ address: host, family: literal }];
  if (first === undefined) return refuse('document-unreachable', { host, problem: 'the name has no address' });
  const isRefused = !allowsPrivate && ![first, ...others].every(({ address }) => isPublicAddress(address));
  return isRefused ? refuse('document-address-private', { host }) : [first, ...others];
}

/**
 * The same for sockets that look names up by themselves: each new connection is judged, and goes to what was judged.
 * Sockets do not ask about a host that is an address already.
 */
export function guardedLookup(guard: AddressGuard): LookupFunction {
  const underway = new Map<string, ReturnType<typeof judgedAddresses>>();

  /** Once at a time for each name, however many wait for it. */
  async function judge(host: string): Promise<readonly [Address, ...Address[]]> {
    const asked = underway.get(host) ?? judgedAddresses(host, guard).finally(() => underway.delete(host));
    underway.set(host, asked);
    const found = await asked;
    if (found instanceof Refusal) throw new RefusedError(found);
    return found;
  }

  const judgeAndTell = callbackify(judge);
  return (host, { all = false }, tell) =>
    judgeAndTell(host, (error, found) => {
      if (error !== null) tell(error, '');
      else if (all) tell(null, [...found]);
      else tell(null, found[0].address, found[0].family);
    });
}
