// Starts the programs of a cluster, each with a log of its own, and ends them.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface ComponentOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly logFile: string;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Component {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  readonly isRunning: () => boolean;
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Asks it to end, and ends it when it has not after the grace. */
  readonly stop: (graceMs?: number) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

const defaultGraceMs = 3000;
const toldOfLog = 2000;

/** The end of a log, for the message of an error. */
function tailOf(logFile: string): string {
  return readFileSync(logFile, 'utf8').slice(-toldOfLog);
}

function onceClosed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

/** Starts a program that does not outlive this process: the kernel ends it with its parent. */
export function startComponent({ command, environment = {}, logFile, name }: ComponentOptions): Component {
  const log = openSync(logFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...environment },
  });
  closeSync(log);
  const ended = onceClosed(child);
  let isRunning = true;
  void ended.then(() => {
    isRunning = false;
  });
  const stop = async (graceMs = defaultGraceMs) => {
    if (!isRunning) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return { name, logFile, pid: child.pid ?? 0, isRunning: () => isRunning, ended, stop, kill };
}

const everyMs = 100;

/**
 * Asks again and again until it is so.
 * @throws Error when the component ends before, or the time is up
 */
export async function untilReady(
  component: Component,
  isReady: () => Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const ready = await isReady().catch(() => false);
    if (ready) return;
    if (!component.isRunning()) throw new Error(`${component.name} ended:\n${tailOf(component.logFile)}`);
    if (performance.now() > deadline) {
      throw new Error(`${component.name} was not ready in ${withinMs} ms:\n${tailOf(component.logFile)}`);
    }
    await new Promise((resolve) => void setTimeout(resolve, everyMs));
  }
}
