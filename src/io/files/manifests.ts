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

/** The names of what lies in the folder itself; undefined where the path is no folder. */
async function namesIn(path: string): Promise<string[] | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return undefined;
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    throw new RefusedError(refuse('file-unreadable', { file: path, problem: systemProblem(error) }), { cause: error });
  }
}

async function filesOf(path: string): Promise<string[]> {
  const names = await namesIn(path);
  if (names === undefined) return [path];
  const manifests = names.filter((name) => endings.some((ending) => name.endsWith(ending)));
  if (manifests.length === 0) throw new RefusedError(refuse('manifests-missing', { folder: path }));
  return manifests.sort().map((name) => join(path, name));
}

/**
 * The manifests of a file, or of a folder's own files in the order of their names.
 * @throws RefusedError `manifests-missing` where a folder has none, and as `readText`
 */
export async function readManifests(path: string): Promise<NamedText[]> {
  const manifests: NamedText[] = [];
  for (const name of await filesOf(path)) manifests.push({ name, text: await readText(name) });
  return manifests;
}
