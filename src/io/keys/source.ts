// Where a key-encryption key comes from: a file, an environment variable, or a command that prints it, such as the client of
// a key management service. It is 32 bytes, or the same as text in base64 or hexadecimal.
import { execFile } from 'node:child_process';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { type KeyEncryptionKeys, keyEncryptionKeys } from '../../core/registry/index.ts';
import { systemProblem } from '../failures/index.ts';
import { readBytes } from '../files/index.ts';

export type KeySource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly name: string }
  /** Program and arguments: no shell reads them. */
  | { readonly kind: 'command'; readonly command: readonly [program: string, ...words: string[]] };

const sourceShape = /^(file|env|command):(.+)$/s;

/** `file:PATH`, `env:NAME` or `command:PROGRAM WORD WORD`, its words parted by spaces; undefined for anything else. */
export function parseKeySource(text: string): KeySource | undefined {
  const [, kind, rest = ''] = sourceShape.exec(text) ?? [];
  if (kind === 'file') return { kind, path: rest };
  if (kind === 'env') return { kind: 'environment', name: rest };
  const [program, ...words] = rest.split(' ').filter((word) => word !== '');
  return kind === 'command' && program !== undefined ? { kind, command: [program, ...words] } : undefined;
}

/** For people, without anything of the key. */
function nameOf(source: KeySource): string {
  if (source.kind === 'file') return source.path;
  return source.kind === 'environment' ? `the environment variable ${source.name}` : `the command ${source.command[0]}`;
}

const keyBytes = 32;
const hexadecimal = /^[\da-fA-F]{64}$/;
const base64 = /^[\w+/-]{43}=?$/;

/** @returns undefined for what is no key in any of the forms */
function readKey(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length === keyBytes) return bytes;
  const text = Buffer.from(bytes).toString('latin1').trim();
  if (hexadecimal.test(text)) return Buffer.from(text, 'hex');
  return base64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

const longestRunMs = 30_000;
const mostOutput = 4096;

/** Standard error is not looked at: it might tell more than how it ended. */
function outputOf([program, ...words]: readonly [string, ...string[]], source: string): Promise<Uint8Array | Refusal> {
  const options = { timeout: longestRunMs, maxBuffer: mostOutput, encoding: 'buffer' } as const;
  return new Promise((resolve) => {
    execFile(program, words, options, (error, output) => {
      if (!error) return resolve(output);
      const ended = typeof error.code === 'number' ? `it ended with ${error.code}` : systemProblem(error);
      const isCutOff = error.killed === true || error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
      const problem = isCutOff ? 'it took too long, or printed too much' : ended;
      resolve(refuse('key-encryption-key-unreadable', { source, problem }));
    });
  });
}

async function bytesOf(
  source: KeySource,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Uint8Array | Refusal> {
  if (source.kind === 'file') return readBytes(source.path);
  if (source.kind === 'command') return outputOf(source.command, nameOf(source));
  const value = environment[source.name];
  return value === undefined
    ? refuse('key-encryption-key-unreadable', { source: nameOf(source), problem: 'it is not set' })
    : Buffer.from(value);
}

/**
 * The keys of these places, the first of which is the current one; others still open what was encrypted under them.
 * @throws RefusedError `file-unreadable`, `file-too-large`
 */
export async function readKeyEncryptionKeys(
  sources: readonly [KeySource, ...KeySource[]],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<KeyEncryptionKeys | Refusal> {
  const keys: Uint8Array[] = [];
  for (const source of sources) {
    const bytes = await bytesOf(source, environment);
    if (bytes instanceof Refusal) return bytes;
    const key = readKey(bytes);
    if (!key) {
      const facts = { file: nameOf(source), length: bytes.length, wanted: keyBytes };
      return refuse('key-encryption-key-unfit', facts);
    }
    keys.push(key);
  }
  const [current, ...older] = keys;
  if (!current) throw new TypeError('there is no key');
  return keyEncryptionKeys([current, ...older]);
}
