// Finds the image's files on this machine: Node.js and its libraries, the package, its production dependencies.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { leftOut, nodePath, packageFolder, writtenFiles } from './contents.ts';

export interface ImageFile {
  /** In the image, absolute. */
  readonly path: string;
  readonly isExecutable: boolean;
  readonly read: () => Buffer;
}

const packShape = z.array(z.object({ files: z.array(z.object({ path: z.string() })) })).min(1);
const lockShape = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() })),
});

function fileAt(path: string, source: string): ImageFile {
  const real = realpathSync(source);
  const isExecutable = (statSync(real).mode & 0o100) !== 0;
  return { path, isExecutable, read: () => readFileSync(real) };
}

/** The dynamic linker and the libraries that a binary wants, where it wants them: glibc's linker lists them, as for ldd. */
function librariesOf(binary: string): readonly ImageFile[] {
  const lines = execFileSync(binary, { encoding: 'utf8', env: { LD_TRACE_LOADED_OBJECTS: '1' } }).split('\n');
  const paths = lines.flatMap((line) => /^\s+(?:\S+ => )?(\/\S+) \(/.exec(line)?.[1] ?? []);
  return paths.map((path) => fileAt(path, path));
}

/** Node.js, its libraries, and what the image needs of an operating system. */
export function runtimeFiles(node: string): readonly ImageFile[] {
  const written = writtenFiles.map(({ path, isExecutable, text }) => ({
    path,
    isExecutable,
    read: () => Buffer.from(text),
  }));
  return [...written, fileAt(nodePath, node), ...librariesOf(node)];
}

/** What `npm pack` would publish. */
function publishedPaths(project: string): readonly string[] {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return packShape.parse(JSON.parse(packed)).flatMap(({ files }) => files.map(({ path }) => path));
}

/** The files of one installed package; those below it have their own place in the lock file. */
function installedPaths(project: string, folder: string): readonly string[] {
  return readdirSync(join(project, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : installedPaths(project, path);
      return [path];
    })
    .sort();
}

/** What `npm ci --omit=dev` would install. */
function dependencyPaths(project: string): readonly string[] {
  const lock = lockShape.parse(JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')));
  return Object.entries(lock.packages)
    .filter(([folder, { dev, devOptional }]) => folder !== '' && !dev && !devOptional)
    .filter(([folder]) => existsSync(join(project, folder)))
    .flatMap(([folder]) => installedPaths(project, folder));
}

/** The package as it is published, with what it needs beside it. */
export function applicationFiles(project: string): readonly ImageFile[] {
  const paths = [...publishedPaths(project), ...dependencyPaths(project)];
  return paths
    .filter((path) => !leftOut.some((pattern) => pattern.test(path)))
    .map((path) => fileAt(`${packageFolder}/${path}`, join(project, path)));
}
