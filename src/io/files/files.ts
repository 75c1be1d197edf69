// Files, with what goes wrong said as a person would want to read it.
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';

/** The file's bytes. @throws RefusedError `file-unreadable` */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RefusedError(refuse('file-unreadable', { file: path, problem: systemProblem(error) }), { cause: error });
  }
}

/** The file's text, as UTF-8. @throws RefusedError `file-unreadable` */
export async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8');
}

/** The folder, made with its parents where it is missing. @throws RefusedError `file-unwritable` */
export async function makeFolder(path: string, mode = 0o700): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    throw new RefusedError(refuse('file-unwritable', { file: path, problem: systemProblem(error) }), { cause: error });
  }
}

/**
 * Writes a file whole or not at all: a reader, or a crash in the middle, sees the old content or the new one, and after
 * the promise resolves the new one survives a loss of power.
 * @throws RefusedError `file-unwritable`
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${path}.new`;
  try {
    const file = await open(draft, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw new RefusedError(refuse('file-unwritable', { file: path, problem: systemProblem(error) }), { cause: error });
  }
}

/** The rename itself is on the disk only once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
