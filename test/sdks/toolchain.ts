// The SDKs, made ready outside the checkout at the versions that are pinned beside this file. What is made is found again
// by the hash of all that it is made from; two runs at once do no harm, since each becomes visible whole or not at all.
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildTerraform } from './terraform/build.ts';

const run = promisify(execFile);

const folder = (name: string) => join(import.meta.dirname, name);

/** What is made ready in which way. */
interface Preparation {
  /** The programs of this machine that it takes. */
  readonly needs: readonly string[];
  /** All that it is made from, in the folder of its name. */
  readonly sources: readonly string[];
  /** What tells which of this machine's interpreters it is for; its first line is where that lies. */
  readonly interpreter?: readonly [command: string, ...args: string[]];
  /** Moved once it is made, it still works. */
  readonly make: (place: string, command: typeof runTold) => Promise<unknown>;
}

/** The packages that the folder's requirements.txt pins. */
const pythonPackages = (name: string): Preparation => ({
  needs: ['python3'],
  sources: ['requirements.txt'],
  interpreter: ['python3', '-c', 'import sys; print(sys.executable); print(sys.version)'],
  // A virtual environment's scripts know their place: its packages alone can be moved.
  make: async (place, command) => {
    const options = ['--quiet', '--disable-pip-version-check', '--no-warn-script-location', '--no-deps'];
    const requirements = ['--require-hashes', '--requirement', join(folder(name), 'requirements.txt')];
    await command('python3', ['-m', 'pip', 'install', ...options, '--target', place, ...requirements], '.');
  },
});

const preparations = {
  python: pythonPackages('python'),
  moto: pythonPackages('moto'),
  go: {
    needs: ['go'],
    sources: ['go.mod', 'go.sum', 'main.go'],
    make: (place, command) => command('go', ['build', '-o', join(place, 'pod'), '.'], folder('go')),
  },
  java: {
    needs: ['java', 'javac', 'keytool', 'mvn'],
    sources: ['pom.xml', 'src/main/java/Pod.java'],
    make: (place, command) =>
      command('mvn', ['-q', '-B', '-f', join(folder('java'), 'pom.xml'), `-Dout=${place}`, 'process-classes'], '.'),
  },
  terraform: { needs: ['go'], sources: ['modules.ts', 'build.ts'], make: buildTerraform },
} satisfies Readonly<Record<string, Preparation>>;

export type Toolchain = keyof typeof preparations;

export interface Provided {
  /** The folder with what was made. */
  readonly place: string;
  /** Where the interpreter lies; empty where there is none. */
  readonly interpreter: string;
}

function placeOf(toolchain: Toolchain, interpreter: string): string {
  const hash = createHash('sha256').update(`${process.platform}\0${process.arch}\0${interpreter}`);
  for (const source of preparations[toolchain].sources) {
    hash.update(`\0${source}\0`).update(readFileSync(join(folder(toolchain), source)));
  }
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(cache, 'podiam', `sdks-${hash.digest('hex').slice(0, 16)}`, toolchain);
}

function isHere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, program)));
}

/** @returns what the command prints */
async function runTold(command: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=readonly' };
  return (await run(command, [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
}

async function tellInterpreter({ interpreter }: Preparation): Promise<string> {
  if (interpreter === undefined) return '';
  const [command, ...args] = interpreter;
  return (await run(command, args)).stdout;
}

/**
 * What the toolchain makes: minutes at first, nothing afterwards.
 * @throws where a program is missing on this machine, naming it
 */
export async function provide(toolchain: Toolchain): Promise<Provided> {
  const preparation: Preparation = preparations[toolchain];
  const { needs, make } = preparation;
  const missing = needs.filter((program) => !isHere(program));
  if (missing.length > 0) {
    throw new Error(`the SDK test for ${toolchain} needs ${missing.join(', ')} in PATH: install what is missing`);
  }
  const told = await tellInterpreter(preparation);
  const place = placeOf(toolchain, told);
  const provided = { place, interpreter: told.split('\n')[0] ?? '' };
  if (existsSync(place)) return provided;
  const making = `${place}-making-${randomUUID()}`;
  await mkdir(making, { recursive: true });
  try {
    await make(making, runTold);
    await rename(making, place);
  } catch (error) {
    // Whoever comes second with the same content throws its own away.
    if (!existsSync(place)) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return provided;
}
