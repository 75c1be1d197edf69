// Manifests as kubectl reads them: a file whatever its name, of a folder those that end as manifests do.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';
import { readText } from './files.ts';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

const endings = ['.json', '.yaml', '.yml'];

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    return names
      .filter((name) => endings.some((ending) => name.endsWith(ending)))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new RefusedError(refuse('file-unreadable', { file: path, problem: systemProblem(error) }), { cause: error });
  }
}

/** The manifests of a file, or of a folder's own files in the order of their names. @throws RefusedError `file-unreadable` */
export async function readManifests(path: string): Promise<NamedText[]> {
  const manifests: NamedText[] = [];
  for (const name of await filesOf(path)) manifests.push({ name, text: await readText(name) });
  return manifests;
}
