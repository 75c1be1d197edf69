// A server in a process of its own, ours or somebody else's: how it is started, and what Linux tells of what it used.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { becomesReady } from './deployed.ts';
import type { Usage } from './protocol.ts';

/** Microseconds of a clock tick: Linux tells user space a hundred ticks a second, whatever its own are. */
const tickMicroseconds = 10_000;

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes what it says, on both outputs. */
  readonly log: string;
  /** Answers 200 once the server is ready. */
  readonly readyUrl: string;
}

export interface ServerProcess {
  readonly usage: () => Usage;
  readonly stop: () => Promise<void>;
}

/** proc_pid_stat(5): utime and stime are the fields 14 and 15; the second may hold blanks, and ends with a parenthesis. */
function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [userTicks = '', systemTicks = ''] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(userTicks) + Number(systemTicks)) * tickMicroseconds;
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

/** @throws Error with the end of its log, where it ends before it is ready */
export async function startProgram({ path, args, environment, log, readyUrl }: Program): Promise<ServerProcess> {
  const output = openSync(log, 'w');
  const child = spawn(path, args, { stdio: ['ignore', output, output], env: { ...process.env, ...environment } });
  closeSync(output);
  const killed = () => child.kill('SIGKILL');
  process.once('exit', killed);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve());
  }).then(() => void process.off('exit', killed));
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  const isReady = await Promise.race([becomesReady(readyUrl).then(() => true), ended.then(() => false)]).catch(
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );
  if (!isReady) throw new Error(`${path} ended before it was ready:\n${readFileSync(log, 'utf8').slice(-2000)}`);
  const pid = child.pid ?? 0;
  return {
    usage: () => ({ kind: 'usage', cpuMicroseconds: cpuMicroseconds(pid), residentBytes: residentBytes(pid) }),
    stop,
  };
}
