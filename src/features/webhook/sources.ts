// What the webhook reads besides service accounts: the central mapping of a ConfigMap and the list of identities of a
// file. Until one good one was read nothing is known of it, which is told: a pod that it names must not be taken for one
// that nothing names. From then on the last good one counts.
import {
  emptyMapping,
  type Identities,
  type ListedIdentities,
  noIdentities,
  parseIdentities,
  parseRoleMapping,
  type RoleMapping,
} from '../../core/injection/index.ts';
import { followLastGood, LastGood } from '../../core/memory/index.ts';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import type { Log } from '../../io/log/index.ts';

export interface SourcePorts {
  readonly log: Pick<Log, 'error'>;
  /** What there is could not be read, or not all of it. */
  readonly onUnfit: () => void;
}

export interface Source<Value> {
  /** @throws Error while it is not known */
  readonly get: () => Value;
  /** For readiness; undefined once it is known. */
  readonly unknownBecause: () => string | undefined;
}

/** For the log, which is no place for thousands of them. */
const mostTold = 10;

function tellFaults(what: string, faults: readonly Refusal[], { log, onUnfit }: SourcePorts): void {
  if (faults.length === 0) return;
  onUnfit();
  for (const { code, sentence } of faults.slice(0, mostTold)) log.error(sentence, { code });
  if (faults.length > mostTold)
    log.error(`further entries of ${what} cannot be read`, { count: faults.length - mostTold });
}

function tellUnfit(what: string, problem: Error, isKnown: boolean, { log, onUnfit }: SourcePorts): void {
  onUnfit();
  log.error(isKnown ? `the last good ${what} counts` : `the ${what} is not known`, { problem: problem.message });
}

/** What a known value is, and why there is none. */
function sourceOf<Value>(
  what: string,
  last: { readonly value: () => Value | undefined; readonly problem: () => Error | undefined },
): Source<Value> {
  const unknownBecause = () =>
    last.value() === undefined
      ? `the ${what} is not known: ${last.problem()?.message ?? 'it was not read yet'}`
      : undefined;
  return {
    get: () => {
      const value = last.value();
      if (value === undefined) throw last.problem() ?? new Error(`the ${what} has not been read yet`);
      return value;
    },
    unknownBecause,
  };
}

export interface CentralMapping extends Source<RoleMapping> {
  /** What the ConfigMap says now; anything but a text where it says nothing. */
  readonly take: (text: unknown) => void;
  /** All that is there was brought: where that was nothing, nothing is mapped. */
  readonly listed: () => void;
}

export function createCentralMapping(ports: SourcePorts): CentralMapping {
  const what = 'role mapping';
  const last = new LastGood<RoleMapping>();
  const take = (text: unknown) => {
    const parsed = typeof text === 'string' ? parseRoleMapping(text) : emptyMapping;
    if (parsed instanceof Refusal) {
      const problem = new RefusedError(parsed);
      last.miss(problem);
      tellUnfit(what, problem, last.value !== undefined, ports);
      return;
    }
    last.take(parsed);
    tellFaults(`the ${what}`, parsed.faults, ports);
  };
  return {
    ...sourceOf(what, { value: () => last.value, problem: () => last.problem }),
    take,
    listed: () => {
      if (last.value === undefined && last.problem === undefined) last.take(emptyMapping);
    },
  };
}

interface IdentitiesPorts extends SourcePorts {
  /** Of the file; rejects where there is none. */
  readonly readText: () => Promise<string>;
  /** Runs something once after so many milliseconds; what it returns cancels that. */
  readonly after: (ms: number, run: () => void) => () => void;
}

export interface WatchedIdentities extends Source<Identities> {
  /** Resolves after the first look. */
  readonly looked: Promise<void>;
  readonly stop: () => void;
}

/** Milliseconds between two looks at the file. */
const identitiesEveryMs = 5_000;

/** A file that is missing or blank lists nobody; one that is being written is blank for a moment, too, and is not believed at once. */
function identitiesReader(readText: () => Promise<string>) {
  let wasBlank = false;
  return async (last: ReadIdentities | undefined): Promise<ReadIdentities | undefined> => {
    const text = await readText().catch(() => '');
    const isBlank = text.trim() === '';
    const isBelieved = !isBlank || wasBlank;
    wasBlank = isBlank;
    if (!isBelieved) return undefined;
    if (text === last?.text) return last;
    const listed = isBlank ? noIdentities : parseIdentities(text);
    if (listed instanceof Refusal) throw new RefusedError(listed);
    return { ...listed, text };
  };
}

interface ReadIdentities extends ListedIdentities {
  readonly text: string;
}

/** Looks at the file again and again until it is stopped. */
export function watchIdentities(ports: IdentitiesPorts): WatchedIdentities {
  const what = 'list of identities';
  const followed = followLastGood<ReadIdentities>({
    read: identitiesReader(ports.readText),
    use: ({ faults }) => tellFaults(`the ${what}`, faults, ports),
    onUnfit: (problem, { isKnown, isNews }) => {
      if (isNews) tellUnfit(what, problem, isKnown, ports);
    },
    every: identitiesEveryMs,
    after: ports.after,
  });
  const { looked, problem, stop, value } = followed;
  return { ...sourceOf(what, { value: () => value()?.identities, problem }), looked, stop };
}
