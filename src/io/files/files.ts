// Files, with what goes wrong said as a person would want to read it.
import { createReadStream, fstatSync } from 'node:fs';
import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { systemProblem } from '../failures/index.ts';

/** Nothing that people write comes near; a disk image, or a device without an end, goes beyond. */
const largestMebibytes = 256;

/**
 * All bytes of a stream; its name is for what goes wrong.
 * @throws RefusedError `file-unreadable`, `file-too-large`
 */
async function collect(openStream: () => AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of openStream()) {
      length += chunk.length;
      if (length > largestMebibytes * 1024 * 1024) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw new RefusedError(refuse('file-unreadable', { file: name, problem: systemProblem(error) }), { cause: error });
  }
  if (length > largestMebibytes * 1024 * 1024) {
    throw new RefusedError(refuse('file-too-large', { file: name, limit: largestMebibytes }));
  }
  return Buffer.concat(chunks, length);
}

/** @throws RefusedError `file-not-text`: a character that is silently replaced would end up in a cluster */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new RefusedError(refuse('file-not-text', { file: name }), { cause: error });
  }
}

/** The file's bytes. @throws RefusedError `file-unreadable`, `file-too-large` */
export function readBytes(path: string): Promise<Buffer> {
  return collect(() => createReadStream(path), path);
}

/** The file's text, as UTF-8. @throws RefusedError `file-unreadable`, `file-too-large`, `file-not-text` */
export async function readText(path: string): Promise<string> {
  return decode(await readBytes(path), path);
}

const standardInput = { name: 'standard input', descriptor: 0 };

/** The text of standard input. A folder, which would read as nothing, is refused like one named. @throws as `readText` */
export async function readStandardInput(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const { descriptor, name } = standardInput;
  if (fstatSync(descriptor).isDirectory()) {
    throw new RefusedError(refuse('file-unreadable', { file: name, problem: 'it is a folder' }));
  }
  return decode(await collect(() => stream, name), name);
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
