// The namespaces of one node, inside the sandbox: its own network with a wire to the sandbox, its own mounts and
// processes. With its first process everything on the node is gone.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place.ts';

const run = promisify(execFile);

export interface NodeNamespace {
  readonly address: string;
  /** What stands before a program for it to run on the node. */
  readonly within: readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * What programs write to fixed places of the machine, such as symbolic links to containers' logs, stays on the node.
 * All that is read from below /var lies elsewhere.
 */
const firstProcess = `
set -e
ip link set lo up
for folder in /var/lib /var/log; do mount -t tmpfs -o mode=755 node "$folder"; done
echo 1 >/proc/sys/net/ipv4/ip_forward
echo ready
sleep infinity & wait
`;

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready')) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`a node's namespaces could not be made: exit code ${code}`)));
  });
}

async function onlyChildOf(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  return Number(children.split(' ')[0]);
}

/** A wire of two ends; the sandbox knows the way to the node's pods and services, as a router beside nodes does. */
async function connect(
  pid: number,
  within: readonly string[],
  { number, podRange, serviceRange }: Place,
): Promise<string> {
  const [here, there] = [`10.91.${number}.1`, `10.91.${number}.2`];
  const wire = `node-${number}`;
  const ip = (...args: string[]) => run('ip', args);
  const ipThere = (...args: string[]) => run(within[0] ?? '', [...within.slice(1), 'ip', ...args]);
  await ip('link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  await ip('address', 'add', `${here}/24`, 'dev', wire);
  await ip('link', 'set', wire, 'up');
  await ipThere('address', 'add', `${there}/24`, 'dev', 'eth0');
  await ipThere('link', 'set', 'eth0', 'up');
  await ipThere('route', 'add', 'default', 'via', here);
  for (const range of [podRange, serviceRange]) await ip('route', 'add', range, 'via', there);
  return there;
}

export async function makeNodeNamespace(place: Place): Promise<NodeNamespace> {
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, '--', 'sh', '-c', firstProcess],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await started(child);
  const pid = await onlyChildOf(child.pid ?? 0);
  const within = [
    'nsenter',
    '--target',
    String(pid),
    '--net',
    '--mount',
    '--pid',
    '--',
    'setpriv',
    '--pdeathsig',
    'KILL',
    '--',
  ];
  const address = await connect(pid, within, place);
  const stop = async () => {
    process.kill(pid, 'SIGKILL');
    await closed;
  };
  return { address, within, stop };
}

/** Version 1 has a tree for each controller, version 2 one for all. */
function hierarchies(): readonly string[] {
  const single = globSync('/sys/fs/cgroup/cgroup.controllers');
  if (single.length > 0) return ['/sys/fs/cgroup'];
  return globSync('/sys/fs/cgroup/*/cgroup.procs')
    .map((file) => dirname(file))
    .filter((folder) => basename(folder) !== 'unified');
}

/**
 * Makes a control group for a node's pods, in every hierarchy.
 * @returns its path below the roots; whoever looks after the sandbox removes it
 */
export async function makeControlGroup(name: string): Promise<string> {
  for (const root of hierarchies()) {
    const group = join(root, name);
    await mkdir(group, { recursive: true });
    if (basename(root) === 'cpuset') {
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        await writeFile(join(group, file), await readFile(join(root, file), 'utf8'));
      }
    }
    if (root === '/sys/fs/cgroup') await writeFile(join(group, 'cgroup.subtree_control'), '+cpu +memory +pids +cpuset');
  }
  return `/${name}`;
}
