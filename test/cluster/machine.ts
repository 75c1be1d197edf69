// What a machine needs for a cluster of either tier, as a list, and what of it is missing here.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export type Tier = 'one' | 'two';

interface Requirement {
  readonly tiers: readonly Tier[];
  readonly what: string;
  readonly remedy: string;
  readonly isMet: () => boolean;
}

/** Where Debian's containernetworking-plugins lie, and where everyone else puts them. */
const pluginFolders = ['/usr/lib/cni', '/opt/cni/bin'];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** System tools lie in folders that are not in the PATH of everyone. */
function hasCommand(name: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => isExecutable(join(folder, name)));
}

function command(name: string, debianPackage: string, tiers: readonly Tier[]): Requirement {
  return {
    tiers,
    what: `the command ${name}`,
    remedy: `install it (Debian: ${debianPackage}), or run test/cluster/prepare.sh as root`,
    isMet: () => hasCommand(name),
  };
}

const both: readonly Tier[] = ['one', 'two'];
const node: readonly Tier[] = ['two'];

const requirements: readonly Requirement[] = [
  {
    tiers: both,
    what: 'Linux',
    remedy: 'name a cluster by PODIAM_TEST_KUBECONFIG instead',
    isMet: () => process.platform === 'linux',
  },
  {
    tiers: both,
    what: 'Go 1.26 or newer, as the command go',
    remedy: 'install it from https://go.dev/dl/, or name a cluster by PODIAM_TEST_KUBECONFIG instead',
    isMet: () => hasCommand('go'),
  },
  command('unshare', 'util-linux', both),
  command('setpriv', 'util-linux', both),
  command('ip', 'iproute2', both),
  {
    tiers: node,
    what: 'root, for a node and its containers',
    remedy: 'run it as root, or only what needs none: npm run test:cluster -- --tier one',
    isMet: () => process.getuid?.() === 0,
  },
  command('containerd', 'containerd', node),
  command('ctr', 'containerd', node),
  command('runc', 'runc', node),
  command('iptables', 'iptables', node),
  command('nsenter', 'util-linux', node),
  {
    tiers: node,
    what: 'the network plugins bridge, host-local and portmap',
    remedy: 'install them (Debian: containernetworking-plugins), or run test/cluster/prepare.sh as root',
    isMet: () => pluginFolder() !== undefined,
  },
];

export function pluginFolder(): string | undefined {
  return pluginFolders.find((folder) =>
    ['bridge', 'host-local', 'portmap'].every((plugin) => isExecutable(join(folder, plugin))),
  );
}

/** A line for each thing that is missing, with what to do. */
export function missingFor(tier: Tier): readonly string[] {
  return requirements
    .filter(({ tiers, isMet }) => tiers.includes(tier) && !isMet())
    .map(({ remedy, what }) => `missing: ${what}; ${remedy}`);
}
