// Writes tar archives (POSIX.1-1988, ustar): the same entries are the same bytes, whoever packs them, and when.

export interface TarEntry {
  /** Without a leading slash; a folder's ends with one. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

const block = 512;
const longestName = 100;
const longestPrefix = 155;

/** A long path is cut at a slash into prefix and name. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= longestName) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at >= 0 && at < path.length - 1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= longestName && Buffer.byteLength(prefix) <= longestPrefix) return { name, prefix };
  }
  throw new Error(`the path is too long for a tar archive: ${path}`);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

function header({ content, mode, path }: TarEntry, seconds: number): Buffer {
  const { name, prefix } = splitPath(path);
  const bytes = Buffer.alloc(block);
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, name],
    [100, octal(mode, 8)],
    [108, octal(0, 8)],
    [116, octal(0, 8)],
    [124, octal(content.length, 12)],
    [136, octal(seconds, 12)],
    [148, ' '.repeat(8)],
    [156, path.endsWith('/') ? '5' : '0'],
    [257, 'ustar\x0000'],
    [345, prefix],
  ];
  for (const [offset, text] of fields) bytes.write(text, offset);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function padded(content: Buffer): Buffer {
  return Buffer.alloc((block - (content.length % block)) % block);
}

/** @param seconds when every entry was changed last, since the epoch */
export function tar(entries: readonly TarEntry[], seconds: number): Buffer {
  const parts = entries.flatMap((entry) => [header(entry, seconds), entry.content, padded(entry.content)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}
