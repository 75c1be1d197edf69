// Names that strangers choose, looked up without the system's resolver as far as that goes: it holds one of the process's
// few threads until a name server answers, and with names whose servers never do, a stranger would hold them all, and with
// them every other look-up, the database's too.
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name. @throws the resolver's error */
export type LookUp = (host: string) => Promise<readonly Address[]>;

export interface NameSources {
  /** Names that this machine knows by itself: `address name name …` in each line. */
  readonly hostsFile: string;
  /** DNS over sockets, which needs no thread. Made for each look-up: its servers are those that the machine has then. */
  readonly newResolver: () => Pick<Resolver, 'resolve4' | 'resolve6'>;
  /** The system's resolver, with all that it is set up to know. */
  readonly system: LookUp;
}

const usual: NameSources = {
  hostsFile: '/etc/hosts',
  newResolver: () => new Resolver({ timeout: 1000, tries: 2 }),
  system: (host) => lookup(host, { all: true }),
};

/** Those who wait for the system's resolver, one behind the other. */
const mostWaiting = 100;

function oneAtATime(lookUp: LookUp): LookUp {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return (host) => {
    if (waiting >= mostWaiting) return Promise.reject(new Error('too many names are being looked up'));
    waiting += 1;
    const asked = last.then(() => lookUp(host)).finally(() => (waiting -= 1));
    last = asked.catch(() => {});
    return asked;
  };
}

async function isInFile(file: string, host: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').some((line) => {
    const [, ...names] = (line.split('#', 1)[0] ?? '').trim().toLowerCase().split(/\s+/);
    return names.includes(host);
  });
}

const notThere = new Set(['ENOTFOUND', 'ENODATA']);

const isAbsence = (reason: unknown) => reason instanceof Error && 'code' in reason && notThere.has(String(reason.code));

/** Clusters of IPv6 alone have not even an address of IPv4. */
const hasV4 = () =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ family, internal }) => family === 'IPv4' && !internal));

/** Those of the family that this machine has come first. Undefined where DNS has none. @throws DNS's error */
async function inDns(host: string, { newResolver }: NameSources): Promise<readonly Address[] | undefined> {
  const resolver = newResolver();
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const of4 = v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : [];
  const of6 = v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : [];
  const found = hasV4() ? [...of4, ...of6] : [...of6, ...of4];
  if (found.length > 0) return found;
  for (const outcome of [v4, v6]) {
    if (outcome.status === 'rejected' && !isAbsence(outcome.reason)) throw outcome.reason;
  }
  return undefined;
}

/**
 * Where a name is looked up:
 *   1. by the system, where the machine's own file has it, or it has no dot: no stranger's name server is asked,
 *   2. in DNS, as the whole name that it is,
 *   3. where DNS does not have it, by the system, which may add its search domains; one at a time, so that a name that
 *      hangs holds one thread.
 */
export function createLookUp(sources: NameSources = usual): LookUp {
  const inSystem = oneAtATime(sources.system);
  return async (host) => {
    const isOwn = !host.includes('.') || (await isInFile(sources.hostsFile, host));
    return (isOwn ? undefined : await inDns(host, sources)) ?? inSystem(host);
  };
}
