// What is left of a sandbox when whoever entered it is gone: nothing, however it went.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const sandbox = join(import.meta.dirname, 'sandbox.ts');
const folderOf = (pid: number) => `/tmp/podiam-cluster-${pid}`;

/** A process that enters a sandbox, in which one process waits and another has lost its parent. */
function enter(command: string): ChildProcess {
  const program = `
    const { enterSandbox } = await import(${JSON.stringify(sandbox)});
    const { finished } = enterSandbox(['sh', '-c', ${JSON.stringify(command)}]);
    process.exit(await finished);
  `;
  const env = { ...process.env, TMPDIR: '/tmp' };
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'], env });
}

async function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const found = pattern.exec(text);
    if (found) return found;
  }
  throw new Error(`it ended after: ${text}`);
}

function childrenOf(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

const patience = { timeout: 20_000 };
const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}/status`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

describe('a sandbox', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('leaves no process and no folder after %s', async (signal) => {
    const child = enter('(sleep 600 &); ip link show eth0 && echo started && sleep 600');
    await printed(child, /started/);
    const { pid = 0 } = child;
    const inside = childrenOf(pid);
    // setpriv becomes unshare, whose child is the first process, with the command and its orphan below it.
    expect(inside.length).toBeGreaterThanOrEqual(4);
    expect(existsSync(folderOf(pid))).toBe(true);
    child.kill(signal);
    await expect.poll(() => inside.filter(isAlive), patience).toEqual([]);
    await expect.poll(() => existsSync(folderOf(pid)), patience).toBe(false);
  });

  test('hands on the exit code of what ran in it, and ends what it left running', async () => {
    const child = enter('(sleep 600 &); echo "id $$"; exit 7');
    await printed(child, /id \d+/);
    const inside = childrenOf(child.pid ?? 0);
    const code = await new Promise((resolve) => void child.once('close', resolve));
    expect(code).toBe(7);
    await expect.poll(() => inside.filter(isAlive), patience).toEqual([]);
  });

  test('has a loopback of its own, an address beside it, and no wire that leads out', async () => {
    const child = enter('ip -brief address; echo shown');
    const [text] = await printed(child, /[\s\S]*shown/);
    expect(text).toContain('127.0.0.1/8');
    expect(text).toContain('10.90.255.1/16');
    const interfaces = [...text.matchAll(/^(\w+)(?:@(\w+))? /gm)].map(([, name, other]) => [name, other] as const);
    expect(new Map(interfaces)).toEqual(
      new Map([
        ['lo', undefined],
        ['eth0', 'uplink'],
        ['uplink', 'eth0'],
      ]),
    );
  });
});
