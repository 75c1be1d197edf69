// A folder with a configuration, and OpenTofu run in it as a person runs it: what it is told stands in its environment.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../cli/podiam.ts';
import { provide } from '../toolchain.ts';

export interface Ran {
  readonly code: number;
  /** Standard output and error. */
  readonly told: string;
}

export interface Workspace {
  readonly tofu: (...args: readonly string[]) => Promise<Ran>;
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
}

/** @param files by their names in the folder */
export async function newWorkspace(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): Promise<Workspace> {
  const { place } = await provide('terraform');
  const home = await temporaryFolder();
  const folder = join(home, 'workspace');
  await mkdir(folder);
  const settings = join(home, 'tofurc');
  const mirror = JSON.stringify(join(place, 'mirror'));
  await writeFile(settings, `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TF_CLI_CONFIG_FILE: settings,
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TF_CLI_ARGS: '-no-color',
    ...environment,
  };
  const options = { env, cwd: folder, maxBuffer: 64 * 1024 * 1024 };
  const tofu = (...args: readonly string[]) =>
    new Promise<Ran>((resolve) => {
      execFile(join(place, 'tofu'), [...args], options, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, told: `${stdout}${stderr}` }),
      );
    });
  const write = async (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) await writeFile(join(folder, name), text);
  };
  await write(files);
  const init = await tofu('init');
  if (init.code !== 0) throw new Error(init.told);
  return { tofu, write };
}
