// The walls of the house, as a list that can be read aloud: each says what it forbids and why it stands.
import type { ImportSeen, SourceFile } from './source.ts';

export interface Breach {
  readonly wall: string;
  readonly why: string;
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

interface Wall {
  readonly name: string;
  readonly why: string;
  /** What in this file breaches the wall, if anything. */
  readonly breaches: (file: SourceFile) => readonly { line: number; what: string }[];
}

const floors = ['core', 'io', 'features', 'cli'] as const;
const purePackages = new Set(['jose', 'zod', 'yaml']);
/** What of node:crypto gives another answer each time. */
const randomCrypto = new Set([
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'generateKey',
  'generateKeySync',
  'generateKeyPair',
  'generateKeyPairSync',
  'sign',
  'createSign',
  'webcrypto',
  'default',
  '*',
]);
const outsideWorld = new Set([
  'process',
  'fetch',
  'console',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'WebSocket',
  'navigator',
  'Date.now',
  'new Date()',
  'Math.random',
]);

const floorOf = (path: string) => floors.findIndex((floor) => path.startsWith(`src/${floor}/`));

/** `src/core/policy` for a file anywhere below it; a file that lies on the floor itself is its own room. */
function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, Math.min(3, parts.length)).join('/');
}

const inside = (file: SourceFile): readonly (ImportSeen & { target: string })[] =>
  file.imports.flatMap((seen) => (seen.target === undefined ? [] : [{ ...seen, target: seen.target }]));

const outside = (file: SourceFile) => file.imports.filter((seen) => seen.target === undefined);

const importsThat = (file: SourceFile, forbidden: (target: string) => boolean) =>
  inside(file)
    .filter((seen) => forbidden(seen.target))
    .map((seen) => ({ line: seen.line, what: `imports ${seen.target}` }));

export const walls: readonly Wall[] = [
  {
    name: 'imports go down',
    why: 'core, io, features, cli stand on each other in this order; what is below must be usable, and testable, without what is above.',
    breaches: (file) => importsThat(file, (target) => floorOf(target) > floorOf(file.path)),
  },
  {
    name: 'features do not know each other',
    why: 'A feature can be read, tested and taken out alone; what two of them share belongs to core or io, and cli wires them.',
    breaches: (file) =>
      file.path.startsWith('src/features/')
        ? importsThat(file, (target) => target.startsWith('src/features/') && roomOf(target) !== roomOf(file.path))
        : [],
  },
  {
    name: 'one door to a folder',
    why: 'Others see only what a folder’s index.ts shows, so that all behind it can change.',
    breaches: (file) =>
      importsThat(
        file,
        (target) =>
          roomOf(target) !== roomOf(file.path) &&
          !target.startsWith('src/cli/') &&
          target !== `${roomOf(target)}/index.ts`,
      ),
  },
  {
    name: 'core imports only what is pure',
    why: 'Decisions are tables in tests: the same input gives the same answer on every machine, at every time.',
    breaches: (file) =>
      file.path.startsWith('src/core/')
        ? outside(file)
            .filter((seen) => !purePackages.has(seen.specifier) && seen.specifier !== 'node:crypto')
            .map((seen) => ({ line: seen.line, what: `imports ${seen.specifier}` }))
        : [],
  },
  {
    name: 'core rolls no dice',
    why: 'Randomness is an argument, so that a test can choose it and a reader can see where it comes from.',
    breaches: (file) =>
      file.path.startsWith('src/core/')
        ? outside(file)
            .filter((seen) => seen.specifier === 'node:crypto')
            .flatMap((seen) => seen.names.filter((name) => randomCrypto.has(name)).map((name) => ({ ...seen, name })))
            .map(({ line, name }) => ({ line, what: `takes ${name} from node:crypto` }))
        : [],
  },
  {
    name: 'core has no clock and no world',
    why: 'Time, environment, network and log are arguments or live in io: a decision that reads them cannot be replayed.',
    breaches: (file) =>
      file.path.startsWith('src/core/')
        ? file.globals
            .filter((seen) => outsideWorld.has(seen.name))
            .map(({ line, name }) => ({ line, what: `uses ${name}` }))
        : [],
  },
  {
    name: 'features reach the world through io',
    why: 'Sockets, files, processes, time-outs and their limits have one home each; a feature says what it needs as a port.',
    breaches: (file) =>
      file.path.startsWith('src/features/')
        ? [
            ...outside(file)
              .filter((seen) => seen.specifier.startsWith('node:') && seen.specifier !== 'node:crypto')
              .map((seen) => ({ line: seen.line, what: `imports ${seen.specifier}` })),
            ...file.globals
              .filter((seen) => seen.name === 'process' || seen.name === 'fetch' || seen.name === 'console')
              .map(({ line, name }) => ({ line, what: `uses ${name}` })),
          ]
        : [],
  },
];

/** All breaches of all walls in these files. */
export function findBreaches(files: readonly SourceFile[]): Breach[] {
  return files.flatMap((file) =>
    walls.flatMap(({ name, why, breaches }) =>
      breaches(file).map(({ line, what }) => ({ wall: name, why, file: file.path, line, what })),
    ),
  );
}
