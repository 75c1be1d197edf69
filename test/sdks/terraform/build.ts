// Builds OpenTofu and Terraform's AWS provider from the Go module proxy: the module's source is copied without what is
// omitted, and built with the versions that its own go.mod and go.sum name.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { type Cut, type ProgramSource, providerSource, providerVersion, tofuSource } from './modules.ts';

/** Runs a command in a folder and resolves to what it prints. */
type Command = (command: string, args: readonly string[], cwd: string) => Promise<string>;

const downloadShape = z.object({ Dir: z.string(), Sum: z.string() });

const isWithin = (path: string, folders: readonly string[]) =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

const isNeeded = (path: string, { omitted, kept }: ProgramSource) =>
  !path.endsWith('_test.go') && (!isWithin(path, omitted) || isWithin(path, kept));

/** Go's cache is there to be read only, its folders too: these are new. */
function copyNeeded(source: ProgramSource, from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(from, file);
    if (!entry.isFile() || !isNeeded(path, source)) continue;
    mkdirSync(dirname(join(to, path)), { recursive: true });
    // Written anew, so that it can be changed.
    writeFileSync(join(to, path), readFileSync(file));
  }
}

/** @throws where nothing is found to omit, or not all that is to be kept: the source has changed */
function cutFrom(text: string, { file, items, kept }: Cut): string {
  const found = Array.from(text.matchAll(items), ([, name = '']) => name);
  if (kept.some((name) => !found.includes(name)) || found.length <= kept.length) {
    throw new Error(`${file} is not as it was: ${items} finds ${found.length} items`);
  }
  return text.replace(items, (whole, name: string) => (kept.includes(name) ? whole : ''));
}

async function build(source: ProgramSource, to: string, command: Command): Promise<void> {
  const { module, version } = source;
  const told: unknown = JSON.parse(await command('go', ['mod', 'download', '-json', `${module}@${version}`], '.'));
  const { Dir, Sum } = downloadShape.parse(told);
  if (Sum !== source.sum) throw new Error(`${module}@${version} has the sum ${Sum}, not ${source.sum}`);
  const work = `${to}-source`;
  copyNeeded(source, Dir, work);
  for (const cut of source.cuts) {
    const file = join(work, cut.file);
    writeFileSync(file, cutFrom(readFileSync(file, 'utf8'), cut));
  }
  const flags = ['-s', '-w', ...source.stamps.map((stamp) => `-X ${stamp}`)].join(' ');
  await command('go', ['build', '-trimpath', `-ldflags=${flags}`, '-o', to, source.package], work);
  rmSync(work, { recursive: true, force: true });
}

/** Puts both in the folder: `tofu`, and the provider in a mirror as `tofu init` finds it. */
export async function buildTerraform(place: string, command: Command): Promise<void> {
  await build(tofuSource, join(place, 'tofu'), command);
  const { platform, arch } = process;
  const system = `${platform}_${arch === 'x64' ? 'amd64' : arch}`;
  const folder = join(place, 'mirror/registry.opentofu.org/hashicorp/aws', providerVersion, system);
  mkdirSync(folder, { recursive: true });
  await build(providerSource, join(folder, `terraform-provider-aws_v${providerVersion}`), command);
}
