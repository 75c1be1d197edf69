import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test, vi } from 'vitest';
import { ApiServers, load } from './api-servers.ts';
import { startCluster, until } from './cluster.ts';
import { startReady } from './replica.ts';
import { report } from './report.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

const droppedLines = 'podiam_log_lines_dropped_total';
const gap = 'lines of this log were dropped, since nobody read it';

test('F30 nobody reads the log: no call fails, memory stays, lost lines are counted and the next reader is told, and SIGTERM still ends it', async () => {
  const cluster = await startCluster();
  cluster.putAccount('web');
  const replica = await startReady(cluster);
  const memory = async () => ((await replica.metric('process_resident_memory_bytes')) ?? NaN) / 1024 / 1024;
  const calls = load(new ApiServers(cluster), {
    perSecond: 1000,
    next: () => ({ port: replica.port, account: 'web' }),
  });
  await calls.more(500);
  const before = await memory();
  replica.readsLog(false);
  await until('lines are dropped', async () => ((await replica.metric(droppedLines)) ?? 0) > 500);
  const after = await memory();
  report(`F30: ${before.toFixed(0)} MiB while the log was read, ${after.toFixed(0)} MiB once it was not`);
  expect(after - before).toBeLessThan(40);
  replica.readsLog(true);
  await until('the reader is told', () => replica.logged.some((line) => line.includes(gap)));
  replica.readsLog(false);
  const dropped = (await replica.metric(droppedLines)) ?? NaN;
  await until('lines are dropped again', async () => ((await replica.metric(droppedLines)) ?? 0) > dropped);
  await calls.stop();
  expect(calls.failures).toEqual([]);
  replica.kill('SIGTERM');
  expect(await replica.ended).toBe(0);
});

test('F30 a steady load, an API server that goes wrong every ten seconds and a log that is not always read, all shortened: no call fails within 160 MiB', async () => {
  const soak = spawn(process.execPath, ['bench/soak.ts', '--minutes', '0.5', '--rate', '100'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await text(soak.stdout);
  report(`F30: ${said.trim().replaceAll('\n', '\nF30: ')}`);
  expect(soak.exitCode ?? (await new Promise((resolve) => soak.once('exit', resolve)))).toBe(0);
  expect(said).toContain(', 0 failed');
});
