// Child processes: an environment of exactly what is given, output in lines, and an end that is always waited for.
// Standard input stays open and empty as long as we live: a child can see by its end that we are gone, even by SIGKILL.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

export interface Child {
  /** Exit code, or the signal's name; resolves once, also when the command could not be started. */
  readonly ended: Promise<number | string>;
  /** Asks it to end, and ends it after the grace. */
  readonly stop: (graceMs: number) => Promise<void>;
}

export function startChild({ command, args, cwd, environment, onLine }: ChildOptions): Child {
  const child = spawn(command, args, { cwd, env: { ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', (line) => onLine(line, 'stdout'));
  createInterface({ input: child.stderr }).on('line', (line) => onLine(line, 'stderr'));
  const ended = new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const stop = async (graceMs: number) => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };
  return { ended, stop };
}
