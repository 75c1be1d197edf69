import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createLogger, type LogLevel } from '../../../src/io/log/index.ts';

function memory(level: LogLevel = 'debug') {
  const lines: string[] = [];
  return { lines, log: createLogger({ level, destination: { write: (line) => lines.push(line) } }) };
}

test('a line is one JSON object with time, level, message and facts', () => {
  const { log, lines } = memory();
  log.with({ part: 'sts' }).warn('refused', { requestId: 'r1', status: 403 });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith('\n')).toBe(true);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    level: 'warn',
    part: 'sts',
    requestId: 'r1',
    status: 403,
    message: 'refused',
  });
});

test('lines below the level are not written', () => {
  const { log, lines } = memory('warn');
  log.debug('a');
  log.info('b');
  log.error('c');
  expect(lines).toHaveLength(1);
});

const canary = 'hunter2-canary';
const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.${canary}`;

test.each([
  ['a header', { headers: { Authorization: canary, cookie: canary, 'X-Amz-Security-Token': canary } }],
  ['a parameter', { WebIdentityToken: canary, web_identity_token: canary }],
  ['credentials', { credentials: { SecretAccessKey: canary, sessionToken: canary, 'secret-access-key': canary } }],
  ['a list', { pods: [{ env: [{ password: canary }] }] }],
  ['something deep', { a: { b: { c: { d: { e: { f: { g: { h: canary } } } } } } } }],
  ['bytes', { key: new TextEncoder().encode(canary) }],
  ['a JWT under an innocent name', { value: `Bearer ${jwt}`, list: [jwt] }],
  ['a session token under an innocent name', { value: `P1.k1.AAAA${canary}` }],
  ['a Bearer string under an innocent name', { value: `it was podiam_session.k1.ASIAA.${canary}` }],
  ['an operator key under an innocent name', { value: `podiam_operator.0011.${canary}` }],
  ['a Bearer string’s own name', { bearer: canary }],
  ['an error’s message', { error: new Error(`cannot verify ${jwt}`) }],
  ['an error’s cause', { error: new Error('no', { cause: canary }) }],
])('A26 a secret in %s is not written', (_, facts) => {
  const { log, lines } = memory();
  log.info('x', facts);
  log.with(facts).error(`about ${jwt}`);
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain(canary);
});

test('A21 a long text of a stranger is cut', () => {
  const { log, lines } = memory();
  log.info('x', { userAgent: 'a'.repeat(1_000_000), tokens: 'eyJ'.repeat(300_000) });
  expect(lines.join('').length).toBeLessThan(5000);
});

test('an error keeps its name, code, message and stack', () => {
  const { log, lines } = memory();
  log.error('x', { error: Object.assign(new TypeError('bad'), { code: 'ERR_BAD' }) });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    error: { name: 'TypeError', message: 'bad', code: 'ERR_BAD', stack: expect.stringContaining('logger.test.ts') },
  });
});

test('without a destination lines go to standard error, the last ones too', () => {
  const program = `
    import { createLogger } from './src/io/log/index.ts';
    createLogger({ level: 'info' }).info('last words');
    process.exit(3);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(child.stdout).toBe('');
  expect(child.stderr).toContain('last words');
});

test('F30 with standard error that nobody reads, the process goes on, counts what it loses, tells whoever reads on, and ends', async () => {
  const program = `
    import { createLogger } from './src/io/log/index.ts';
    const log = createLogger({ level: 'info' });
    const flood = () => {
      for (let i = 0; i < 20_000; i += 1) log.info('x'.repeat(200));
    };
    flood();
    process.stdout.write(String(log.dropped()));
    process.stdin.on('data', () => {
      flood();
      process.exit(3);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lost = await new Promise((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk))));
  expect(lost).toBeGreaterThan(10_000);
  const gap = await new Promise((resolve) => {
    let last = '';
    child.stderr.on('data', (chunk: Buffer) => {
      last = last.slice(-1000) + chunk.toString();
      const [, dropped] =
        /"dropped":(\d+),"message":"lines of this log were dropped, since nobody read it"/.exec(last) ?? [];
      if (dropped !== undefined) resolve(Number(dropped));
    });
  });
  expect(gap).toBe(lost);
  child.stderr.pause();
  child.stdin.end('go on');
  expect(await ended).toBe(3);
});

test('F30 once the reader of standard error is gone for good, lines are lost and counted, and nothing else happens', async () => {
  const program = `
    import { createLogger } from './src/io/log/index.ts';
    const log = createLogger({ level: 'info' });
    const timer = setInterval(() => {
      log.info('x');
      if (log.dropped() < 3) return;
      clearInterval(timer);
      process.stdout.write('lost');
    }, 10);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.destroy();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  expect(await text(child.stdout)).toBe('lost');
  expect(await ended).toBe(0);
});

test('F30 with standard error on a full disk lines wait, then are lost and counted, and the process ends as it would', () => {
  const full = openSync('/dev/full', 'w');
  const program = `
    import { createLogger } from './src/io/log/index.ts';
    const log = createLogger({ level: 'info' });
    for (let i = 0; i < 20_000; i += 1) log.info('x'.repeat(200));
    setTimeout(() => process.stdout.write(String(log.dropped())), 100);`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', full],
  });
  closeSync(full);
  expect(child.status).toBe(0);
  expect(Number(child.stdout)).toBeGreaterThan(10_000);
});
