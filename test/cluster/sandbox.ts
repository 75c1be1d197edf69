// Where clusters live: a process, mount and network namespace that the tests run in too. Whatever happens to them, with
// the first process inside the kernel ends all others, and takes their mounts, interfaces and rules with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In memory and in the sandbox only: what clusters keep on the disk. */
export const stateFolder = '/run/podiam';

/** Says that we are inside, and which sandbox it is. */
const sandboxVariable = 'PODIAM_TEST_SANDBOX';

/** The sandbox that this process runs in; undefined outside. */
export function currentSandbox(): string | undefined {
  return process.env[sandboxVariable];
}

/** Visible on both sides, for sockets between them; it goes with the sandbox. */
export function sharedFolder(sandbox: string): string {
  return join(tmpdir(), sandbox);
}

/**
 * What the first process inside does. eth0 has its other end in here too: addresses that are not loopback, and no way
 * out. A shell that waits for its command collects the processes whose parents have gone.
 */
const firstProcess = `
set -e
mount -t tmpfs -o mode=755 podiam /run
mkdir ${stateFolder}
ip link set lo up
ip link add eth0 type veth peer name uplink
ip link set uplink up
ip link set eth0 up
ip address add 10.90.255.1/16 dev eth0
ip route add default via 10.90.255.254
echo 1 >/proc/sys/net/ipv4/ip_forward
set +e
"$@"
exit $?
`;

/**
 * Waits for the end of whoever holds the other end of its standard input, and then for the end of the sandbox, whose
 * control groups and shared folder only now can go.
 */
const caretaker = `
read -r _
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  find /sys/fs/cgroup -depth -type d -path "*/$1*" -exec rmdir {} + 2>/dev/null
  [ -n "$(find /sys/fs/cgroup -type d -path "*/$1*" -print -quit 2>/dev/null)" ] || break
  sleep 1
done
rm -rf -- "$2"
`;

function hireCaretaker(sandbox: string): void {
  const child = spawn('sh', ['-c', caretaker, 'sh', sandbox, sharedFolder(sandbox)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
}

function namespaces(): readonly string[] {
  const own = ['--net', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
  return process.getuid?.() === 0 ? own : ['--user', '--map-root-user', ...own];
}

export interface Sandboxed {
  readonly name: string;
  readonly child: ChildProcess;
  /** Exit code; that of a signal as shells count it. */
  readonly finished: Promise<number>;
}

/** Runs a command in a sandbox of its own, on our terminal. It ends when this process does, whatever ends it. */
export function enterSandbox(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Sandboxed {
  const name = `podiam-cluster-${process.pid}`;
  mkdirSync(sharedFolder(name), { recursive: true, mode: 0o700 });
  hireCaretaker(name);
  const args = [
    '--pdeathsig',
    'KILL',
    '--',
    'unshare',
    ...namespaces(),
    '--',
    'sh',
    '-c',
    firstProcess,
    'sh',
    ...command,
  ];
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  const env = { ...process.env, ...environment, PATH: path, [sandboxVariable]: name };
  const child = spawn('setpriv', args, { stdio: 'inherit', env });
  const finished = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
  return { name, child, finished };
}
