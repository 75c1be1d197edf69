// The programs that the tests run, built from the Go module proxy and kept outside the checkout. A program's key is the
// hash of all that it is built from; two builds at once do no harm, since each becomes visible whole or not at all.
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Release = 'newest' | 'oldest';

/** A module of ours: a folder with go.mod, main.go, and go.sum where it needs others. */
interface OwnModule {
  readonly folder: string;
}

/** A command of someone's module, at its version. */
interface PublishedCommand {
  readonly package: string;
  readonly version: string;
}

const programs = {
  kubernetes: { folder: 'kubernetes' },
  'kubernetes-oldest': { folder: 'kubernetes-oldest' },
  pause: { folder: 'pause' },
  helm3: { package: 'helm.sh/helm/v3/cmd/helm', version: 'v3.22.0' },
  helm4: { package: 'helm.sh/helm/v4/cmd/helm', version: 'v4.3.1' },
  versitygw: { package: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0' },
  'amazon-webhook': { package: 'github.com/aws/amazon-eks-pod-identity-webhook', version: 'v0.6.9' },
  minio: { package: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c' },
} as const satisfies Readonly<Record<string, OwnModule | PublishedCommand>>;

export type Program = keyof typeof programs;

const isOwn = (source: OwnModule | PublishedCommand): source is OwnModule => 'folder' in source;

function keyOf(source: OwnModule | PublishedCommand): string {
  const hash = createHash('sha256').update(process.arch);
  if (isOwn(source)) {
    for (const file of ['go.mod', 'go.sum', 'main.go']) {
      const path = join(import.meta.dirname, source.folder, file);
      hash.update(`\0${file}\0`).update(existsSync(path) ? readFileSync(path) : '');
    }
  } else {
    hash.update(`\0${source.package}@${source.version}`);
  }
  return hash.digest('hex').slice(0, 16);
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'podiam', 'programs');
}

/** Where a program lies once it is built. */
export function pathOf(program: Program): string {
  return join(cacheFolder(), `${program}-${keyOf(programs[program])}`, program);
}

export function releaseProgram(release: Release): 'kubernetes' | 'kubernetes-oldest' {
  return release === 'newest' ? 'kubernetes' : 'kubernetes-oldest';
}

function moduleVersion(folder: string): string {
  const module = readFileSync(join(import.meta.dirname, folder, 'go.mod'), 'utf8');
  return /k8s\.io\/kubernetes v(\S+)/.exec(module)?.[1] ?? 'unknown';
}

/** Such as `1.36.3`, as the module says. */
export function versionOf(release: Release): string {
  return moduleVersion(programs[releaseProgram(release)].folder);
}

/** Of a program that is published: the version that is pinned here. */
export function publishedVersion(program: 'helm3' | 'helm4' | 'versitygw' | 'amazon-webhook' | 'minio'): string {
  return programs[program].version;
}

/** What a release's own build stamps: clients and charts go by the version that a server tells. */
function versionFlags(version: string): readonly string[] {
  const [major = '', minor = ''] = version.split('.');
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) => [
    `-X ${module}.gitVersion=v${version}`,
    `-X ${module}.gitMajor=${major}`,
    `-X ${module}.gitMinor=${minor}`,
  ]);
}

async function compile(program: Program, folder: string): Promise<void> {
  const source: OwnModule | PublishedCommand = programs[program];
  // Only what asks for names on the network could want C, and images have no libraries for it.
  const linking = program === 'pause' ? { CGO_ENABLED: '0' } : {};
  const environment = { ...process.env, GOWORK: 'off', GOFLAGS: '-mod=readonly', ...linking };
  const stamped = isOwn(source) ? versionFlags(moduleVersion(source.folder)) : [];
  const flags = [`-ldflags=${['-s -w', ...stamped].join(' ')}`];
  const options = { env: environment, maxBuffer: 64 * 1024 * 1024 };
  if (isOwn(source)) {
    const cwd = join(import.meta.dirname, source.folder);
    await run('go', ['build', ...flags, '-o', join(folder, program), '.'], { ...options, cwd });
    return;
  }
  await run('go', ['install', ...flags, `${source.package}@${source.version}`], {
    ...options,
    env: { ...environment, GOBIN: folder },
  });
  const installed = join(folder, source.package.slice(source.package.lastIndexOf('/') + 1));
  if (installed !== join(folder, program)) await rename(installed, join(folder, program));
}

/** Gives the built folder its place; whoever comes second with the same content throws its own away. */
async function publish(built: string, place: string): Promise<void> {
  try {
    await rename(built, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    await rm(built, { recursive: true, force: true });
  }
}

/**
 * Builds what is not there yet: minutes at first, nothing afterwards.
 * @param tell is given a line for each program that has to be built
 */
export async function provide(wanted: readonly Program[], tell: (line: string) => void): Promise<void> {
  for (const program of wanted) {
    const path = pathOf(program);
    if (existsSync(path)) continue;
    tell(`building ${program}, once: it takes minutes`);
    const folder = join(cacheFolder(), `.building-${program}-${randomUUID()}`);
    await mkdir(folder, { recursive: true });
    try {
      await compile(program, folder);
      await publish(folder, join(path, '..'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
