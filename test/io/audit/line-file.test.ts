import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLineFile } from '../../../src/io/audit/index.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'podiam-lines-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A pipe that holds 64 KiB, with a reader that reads when it is told to. */
async function pipe() {
  const path = join(await folder(), 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
  const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(descriptor));
  const read = () => {
    const chunk = Buffer.alloc(1024 * 1024);
    try {
      return chunk.toString('utf8', 0, readSync(descriptor, chunk));
    } catch {
      return '';
    }
  };
  return { path, read };
}

const refusal = { refusal: { code: 'audit-sink-blocked' } };

describe('a file of lines', () => {
  test('is appended to, line after line, and readable for its owner alone', async () => {
    const path = join(await folder(), 'audit.jsonl');
    const first = openLineFile(path);
    await Promise.all([first.write('one\n'), first.write('two\n')]);
    first.close();
    const second = openLineFile(path);
    await second.write('three\n');
    second.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('F13 a pipe that nobody reads refuses in bounded time, and takes lines again, whole ones, once it is read', async () => {
    const { path, read } = await pipe();
    const lines = openLineFile(path, { waitMs: 50 });
    onTestFinished(() => lines.close());
    const long = `${'x'.repeat(1000)}\n`;
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => lines.write(long)));
    const written = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(written).toBeGreaterThan(0);
    expect(outcomes.at(-1)).toMatchObject({ status: 'rejected', reason: refusal });
    expect(lines.refused()).toBe(200 - written);
    let text = read();
    await lines.write('after\n');
    text += read();
    const all = text.split('\n').filter((line) => line !== '');
    expect(all.at(-1)).toBe('after');
    // What was begun is finished, so that no line is mixed with another.
    for (const line of all.slice(0, -1)) expect(line).toHaveLength(1000);
    expect([written, written + 1]).toContain(all.length - 1);
  });

  test('F13 memory is bounded: beyond so many bytes a line is refused at once', async () => {
    const { path } = await pipe();
    const lines = openLineFile(path, { waitMs: 50, mostBytes: 1000 });
    onTestFinished(() => lines.close());
    const first = lines.write(`${'x'.repeat(900)}\n`);
    await expect(lines.write(`${'y'.repeat(900)}\n`)).rejects.toMatchObject(refusal);
    await first;
  });

  test('F13 a file that was renamed is followed by the next of its name, and no line is lost or split', async () => {
    const path = join(await folder(), 'audit.jsonl');
    const lines = openLineFile(path);
    onTestFinished(() => lines.close());
    let written = 0;
    for (const round of [1, 2, 3]) {
      for (const told of [false, true]) {
        for (let i = 0; i < 20; i += 1) await lines.write(`line ${(written += 1)}\n`);
        await rename(path, `${path}.${round}.${String(told)}`);
        await lines.write(`line ${(written += 1)}\n`);
        if (told) lines.reopen();
        while (!existsSync(path)) await lines.write(`line ${(written += 1)}\n`);
      }
    }
    const files = (await readdir(join(path, '..'))).filter((name) => name !== 'audit.jsonl').toSorted();
    expect(files).toHaveLength(6);
    const all = await Promise.all([...files, 'audit.jsonl'].map((name) => readFile(join(path, '..', name), 'utf8')));
    expect(all.join('')).toBe(Array.from({ length: written }, (_, i) => `line ${i + 1}\n`).join(''));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('a file that was cut off where it stands is gone on with from its beginning', async () => {
    const path = join(await folder(), 'audit.jsonl');
    const lines = openLineFile(path);
    onTestFinished(() => lines.close());
    await lines.write('one\n');
    await truncate(path);
    await lines.write('two\n');
    expect(await readFile(path, 'utf8')).toBe('two\n');
  });

  test('F13 one that was deleted with its folder takes no line until there is a folder again', async () => {
    const parent = join(await folder(), 'log');
    await mkdir(parent);
    const path = join(parent, 'audit.jsonl');
    const lines = openLineFile(path);
    onTestFinished(() => lines.close());
    await lines.write('one\n');
    await rm(parent, { recursive: true });
    lines.reopen();
    await expect(lines.write('two\n')).rejects.toMatchObject(refusal);
    await mkdir(parent);
    lines.reopen();
    await lines.write('three\n');
    expect(await readFile(path, 'utf8')).toBe('three\n');
  });

  test.each(['a pipe', 'a socket, as of a journal or a supervisor'])(
    'standard output that is %s takes lines, and is nobody’s to rename',
    (kind) => {
      const program = `
        import { openLineFile } from '${import.meta.resolve('../../../src/io/audit/index.ts')}';
        const lines = openLineFile('-');
        await lines.write('one\\n');
        lines.reopen();
        await lines.write('two\\n');
        lines.close();`;
      const words = [process.execPath, '--input-type=module', '-e', program];
      // What Node itself hands a child is a socket; the shell makes a pipe.
      const shell = ['sh', '-c', '"$@" | cat', 'sh'];
      const [command = '', ...args] = kind === 'a pipe' ? [...shell, ...words] : words;
      expect(execFileSync(command, args, { encoding: 'utf8' })).toBe('one\ntwo\n');
    },
  );

  test('a pipe without a reader, and a folder, are refused at the start', async () => {
    const parent = await folder();
    const path = join(parent, 'pipe');
    execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
    expect(() => openLineFile(path)).toThrow(
      expect.objectContaining({ refusal: expect.objectContaining({ code: 'file-unwritable' }) }),
    );
    expect(() => openLineFile(parent)).toThrow(
      expect.objectContaining({ refusal: expect.objectContaining({ code: 'file-unwritable' }) }),
    );
  });
});
