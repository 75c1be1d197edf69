// `npm run image`: packs the image into an archive without Docker. `--root FOLDER` lays its files out instead, for the
// Dockerfile. The package must have been built.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { applicationFiles, type ImageFile, runtimeFiles } from './collect.ts';
import { packImage } from './oci.ts';

const project = join(import.meta.dirname, '..', '..');
/** By Node.js's name, as Go calls it. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')));

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: `podiam:${version}` },
    output: { type: 'string', default: 'image.tar' },
    root: { type: 'string' },
  },
});

function layOut(files: readonly ImageFile[], root: string): void {
  for (const { path, isExecutable, read } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, read(), { mode: isExecutable ? 0o755 : 0o644 });
  }
}

const architecture = architectures[process.arch];
if (process.platform !== 'linux' || architecture === undefined) {
  throw new Error(
    `the image's files are taken from this machine, which must be Linux on ${Object.keys(architectures).join(' or ')}`,
  );
}

const layers = [runtimeFiles(process.execPath), applicationFiles(project)];
if (values.root === undefined) {
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? '0');
  const image = packImage(layers, { name: values.name, version, architecture, seconds });
  mkdirSync(dirname(values.output), { recursive: true });
  writeFileSync(values.output, image);
  console.log(`${values.output}: ${values.name}, ${(image.length / 1_000_000).toFixed(1)} MB`);
} else {
  layOut(layers.flat(), values.root);
  console.log(`${values.root}: ${layers.flat().length} files`);
}
