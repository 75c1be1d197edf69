// The images of the applications in the story: Node.js, the unchanged AWS SDK as it is installed, and a program.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ImageFile } from '../../../tools/image/collect.ts';
import { packNodeProgram } from '../images.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const sdkPackages = ['@aws-sdk/client-sts', '@smithy/signature-v4', '@aws-crypto/sha256-js'];
const packageShape = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Where Node.js finds a package that is imported from this folder: below it, or below one that it lies in. */
function installedFolder(name: string, from: string): string {
  const candidate = join(from, 'node_modules', name);
  if (existsSync(join(candidate, 'package.json'))) return candidate;
  if (dirname(from) === from) throw new Error(`${name} is not installed`);
  return installedFolder(name, dirname(from));
}

/** The folders of these packages and of all that they depend on. */
function packageFolders(names: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  const left = names.map((name) => installedFolder(name, project));
  for (let folder = left.pop(); folder !== undefined; folder = left.pop()) {
    if (folders.has(folder)) continue;
    folders.add(folder);
    const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    for (const name of Object.keys(packageShape.parse(parsed).dependencies)) left.push(installedFolder(name, folder));
  }
  return folders;
}

const isRun = (path: string) => /\.(?:[cm]?js|json)$/.test(path);

/** The files of one package; what is nested in it is a package of its own. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path);
    return isRun(path) && statSync(path).isFile() ? [path] : [];
  });
}

function fileAt(path: string, source: string): ImageFile {
  return { path, isExecutable: false, read: () => readFileSync(source) };
}

function sdkFiles(): readonly ImageFile[] {
  const paths = [...packageFolders(sdkPackages)].flatMap((folder) => filesBelow(folder));
  return paths.map((path) => fileAt(`/app${path.slice(project.length)}`, path));
}

/** As examples/pod-app/pod.yaml names it. */
export const applicationImage = 'example.com/my-app:1';

/** The example's application, which knows nothing of Podiam, and beside it two that tell what it cannot. */
export function packApplication(): Buffer {
  const program = (name: string) => fileAt(`/app/${name}`, join(import.meta.dirname, 'programs', name));
  const example = fileAt('/app/main.mjs', join(project, 'examples', 'pod-app', 'main.mjs'));
  const content = { name: applicationImage, entrypoint: ['/usr/bin/node'], environment: { PATH: '/usr/bin' } };
  return packNodeProgram(content, [...sdkFiles(), example, program('look.mjs'), program('keep-calling.mjs')]);
}
