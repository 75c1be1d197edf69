// Images for nodes, made without Docker and a registry. Podiam's own is what `npm run image` packs.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { applicationFiles, type ImageFile, runtimeFiles } from '../../tools/image/collect.ts';
import { packImage } from '../../tools/image/oci.ts';
import { type TarEntry, tar } from '../../tools/image/tar.ts';
import { pauseImage } from './node-settings.ts';
import { pathOf } from './toolchain.ts';

const project = join(import.meta.dirname, '..', '..');
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

export interface ImageContent {
  /** With registry and tag. */
  readonly name: string;
  readonly files: readonly ImageFile[];
  readonly entrypoint: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Such as `65532:65532`; root unless given. */
  readonly user?: string;
}

const hashOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** An archive as `docker save` writes it, with one layer. */
function packContent({ entrypoint, environment = {}, files, name, user }: ImageContent): Buffer {
  const entries = files.map(
    ({ isExecutable, path, read }): TarEntry => ({
      path: path.slice(1),
      mode: isExecutable ? 0o755 : 0o644,
      content: read(),
    }),
  );
  const layer = tar(entries, 0);
  const configuration = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: {
        Entrypoint: entrypoint,
        Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...(user !== undefined && { User: user }),
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${hashOf(layer)}`] },
    }),
  );
  const configurationPath = `${hashOf(configuration)}.json`;
  const manifest = [{ Config: configurationPath, RepoTags: [name], Layers: ['layer.tar'] }];
  const file = (path: string, content: Buffer): TarEntry => ({ path, mode: 0o644, content });
  return tar(
    [
      file('manifest.json', Buffer.from(JSON.stringify(manifest))),
      file(configurationPath, configuration),
      file('layer.tar', layer),
    ],
    0,
  );
}

/** What every pod begins with. */
export function packPause(): Buffer {
  const files = [{ path: '/pause', isExecutable: true, read: () => readFileSync(pathOf('pause')) }];
  return packContent({ name: pauseImage, files, entrypoint: ['/pause'] });
}

/** An image of Node.js with a program of the test's. */
export function packNodeProgram(content: Omit<ImageContent, 'files'>, program: readonly ImageFile[]): Buffer {
  return packContent({ ...content, files: [...runtimeFiles(process.execPath), ...program] });
}

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')));

export const podiamImage = `podiam:${version}`;

/** The image of Podiam; the package must have been built. */
export function packPodiam(): Buffer {
  const layers = [runtimeFiles(process.execPath), applicationFiles(project)];
  return packImage(layers, { name: podiamImage, version, architecture, seconds: 0 });
}
