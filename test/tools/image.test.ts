import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { applicationFiles, type ImageFile, runtimeFiles } from '../../tools/image/collect.ts';
import { imageConfiguration, versionLabel, writtenFiles } from '../../tools/image/contents.ts';
import { packImage } from '../../tools/image/oci.ts';
import { tar } from '../../tools/image/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'podiam-image-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** A project of the same form: published files, a dependency, and one that is for development alone. */
function makeProject(): string {
  const project = join(folder, 'project');
  const file = (path: string, text: string) => write(join(project, path), text);
  file('package.json', JSON.stringify({ name: 'podiam', version: '0.0.0', files: ['bin', 'dist'] }));
  file('bin/podiam.cjs', "console.log(JSON.stringify([require('wanted'), ...process.argv.slice(2)]));\n");
  file('dist/main.js', '');
  file('dist/main.d.ts', '');
  file('src/main.ts', '');
  file('node_modules/wanted/index.js', "module.exports = require('inner');\n");
  file('node_modules/wanted/node_modules/inner/index.js', "module.exports = 'wanted';\n");
  file('node_modules/unwanted/index.js', '');
  const packages = {
    '': { name: 'podiam' },
    'node_modules/wanted': { version: '1.0.0' },
    'node_modules/wanted/node_modules/inner': { version: '1.0.0' },
    'node_modules/unwanted': { version: '1.0.0', dev: true },
    'node_modules/absent': { version: '1.0.0', optional: true },
  };
  file('package-lock.json', JSON.stringify({ lockfileVersion: 3, packages }));
  return project;
}

describe('the image’s files', () => {
  let application: readonly ImageFile[] = [];
  const project = makeProject();

  beforeAll(() => {
    application = applicationFiles(project);
  });

  test('are those of the published package and of its production dependencies, without what nothing runs', () => {
    expect(application.map(({ path }) => path)).toEqual([
      '/opt/podiam/bin/podiam.cjs',
      '/opt/podiam/dist/main.js',
      '/opt/podiam/package.json',
      '/opt/podiam/node_modules/wanted/index.js',
      '/opt/podiam/node_modules/wanted/node_modules/inner/index.js',
    ]);
  });

  test('suffice: Node.js runs on the libraries beside it, /podiam and /webhook hand on their arguments', () => {
    const root = join(folder, 'root');
    const files = [...runtimeFiles(process.execPath), ...application];
    const loader = files.find(({ path }) => /\/ld-linux[^/]*$/.test(path))?.path ?? 'no loader';
    const libraries = new Set(files.filter(({ path }) => /\.so\.\d+$/.test(path)).map(({ path }) => dirname(path)));
    for (const { path, read } of files) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), read(), { mode: 0o755 });
    }
    const libraryPath = [...libraries].map((path) => join(root, path)).join(':');
    const run = (entry: string, ...args: string[]) => {
      const inside = ['--inhibit-cache', '--library-path', libraryPath, join(root, 'usr/bin/node'), join(root, entry)];
      const output = execFileSync(join(root, loader), [...inside, ...args], { encoding: 'utf8', env: {} });
      return z.array(z.string()).parse(JSON.parse(output));
    };
    expect(run('podiam', 'inject', '-f', '-')).toEqual(['wanted', 'inject', '-f', '-']);
    const amazons = ['--in-cluster=false', '-v=2', '--logtostderr', '--annotation-prefix=eks.amazonaws.com'];
    expect(run('webhook', ...amazons)).toEqual(['wanted', 'drop-in', ...amazons]);
    expect(run('webhook')).toEqual(['wanted', 'drop-in']);
    // Amazon's arguments without its command: the image's entry point gets them.
    expect(run('podiam', ...amazons)).toEqual(['wanted', 'drop-in', ...amazons]);
    expect(run('podiam', '--version')).toEqual(['wanted', '--version']);
  });

  test('have no shell, and start with Node.js itself', () => {
    for (const { isExecutable, text } of writtenFiles) expect(text.startsWith('#!/usr/bin/node\n')).toBe(isExecutable);
    expect(runtimeFiles(process.execPath).map(({ path }) => path)).not.toContain('/bin/sh');
  });
});

const plain = (path: string, text: string, isExecutable = false): ImageFile => ({
  path,
  isExecutable,
  read: () => Buffer.from(text),
});
const descriptor = z.object({ digest: z.string(), size: z.number() });

describe('the archive', () => {
  const options = { name: 'podiam:1.2.3', version: '1.2.3', architecture: 'amd64', seconds: 1_700_000_000 };
  const layers = [[plain('/usr/bin/node', 'node', true), plain('/etc/passwd', 'users')], [plain('/opt/podiam/a', 'a')]];
  const archive = packImage(layers, options);
  const path = join(folder, 'image.tar');
  writeFileSync(path, archive);
  const entry = (name: string) => execFileSync('tar', ['xOf', path, name]);
  const blob = ({ digest, size }: z.infer<typeof descriptor>) => {
    const content = entry(`blobs/${digest.replace(':', '/')}`);
    expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(digest);
    expect(content).toHaveLength(size);
    return content;
  };

  test('is the same to the byte for the same files', () => {
    expect(packImage(layers, options).equals(archive)).toBe(true);
    expect(packImage(layers, { ...options, seconds: 0 }).equals(archive)).toBe(false);
  });

  test('is an OCI image layout whose digests hold, down to what each layer unpacks to', () => {
    const index = z.object({ manifests: z.tuple([descriptor]) }).parse(JSON.parse(entry('index.json').toString()));
    const manifest = z
      .object({ config: descriptor, layers: z.array(descriptor) })
      .parse(JSON.parse(blob(index.manifests[0]).toString()));
    const configuration: unknown = JSON.parse(blob(manifest.config).toString());
    const unpacked = manifest.layers.map((layer) => gunzipSync(blob(layer)));
    expect(configuration).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      created: '2023-11-14T22:13:20.000Z',
      config: { User: '65532:65532', Entrypoint: ['/podiam'], Cmd: ['webhook'], Labels: { [versionLabel]: '1.2.3' } },
      rootfs: { diff_ids: unpacked.map((bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`) },
    });
    expect(JSON.parse(entry('oci-layout').toString())).toEqual({ imageLayoutVersion: '1.0.0' });
    const listed = execFileSync('tar', ['tvf', '-', '--numeric-owner', '--utc'], {
      input: unpacked[0],
      encoding: 'utf8',
    });
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/ +/g, ' ')),
    ).toEqual([
      'drwxr-xr-x 0/0 0 2023-11-14 22:13 etc/',
      '-rw-r--r-- 0/0 5 2023-11-14 22:13 etc/passwd',
      'drwxr-xr-x 0/0 0 2023-11-14 22:13 usr/',
      'drwxr-xr-x 0/0 0 2023-11-14 22:13 usr/bin/',
      '-rwxr-xr-x 0/0 4 2023-11-14 22:13 usr/bin/node',
    ]);
  });

  test('tells Docker what it tells containerd', () => {
    const [docker] = z
      .tuple([z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) })])
      .parse(JSON.parse(entry('manifest.json').toString()));
    const names = execFileSync('tar', ['tf', path], { encoding: 'utf8' }).split('\n');
    expect(names).toEqual(expect.arrayContaining([docker.Config, ...docker.Layers]));
    expect(docker.RepoTags).toEqual(['podiam:1.2.3']);
    expect(entry('index.json').toString()).toContain('"io.containerd.image.name":"docker.io/library/podiam:1.2.3"');
  });
});

test.each([1, 99, 100, 101, 155, 200, 250])('tar unpacks a path of about %i bytes', (length) => {
  const path = `${'folder/'.repeat(length / 7)}${'x'.repeat((length % 7) + 1)}`;
  const archive = tar([{ path, mode: 0o644, content: Buffer.from('content') }], 0);
  expect(execFileSync('tar', ['xOf', '-', path], { input: archive, encoding: 'utf8' })).toBe('content');
});

test('tar refuses a path that it cannot hold', () => {
  expect(() => tar([{ path: 'x'.repeat(101), mode: 0o644, content: Buffer.alloc(0) }], 0)).toThrow(/too long/);
});

describe('the Dockerfile', () => {
  const stages = readFileSync('Dockerfile', 'utf8').split(/^FROM /m);
  const last = stages.at(-1) ?? '';
  const instructions = (name: string) =>
    last.split('\n').flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const pairs = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).map(([name, value]) => `${name}=${JSON.stringify(value)}`);

  test('takes the files from the same list, and no others', () => {
    expect(stages[1]).toContain('node tools/image/main.ts --root /image');
    expect(last.startsWith('scratch\n')).toBe(true);
    expect(instructions('COPY')).toEqual(['--from=build /image/ /']);
    expect(instructions('RUN')).toEqual([]);
  });

  test('has the same configuration', () => {
    const { command, entrypoint, environment, labels, ports, user, workingDirectory } = imageConfiguration;
    expect(instructions('USER')).toEqual([user]);
    expect(instructions('WORKDIR')).toEqual([workingDirectory]);
    expect(instructions('ENTRYPOINT')).toEqual([JSON.stringify(entrypoint)]);
    expect(instructions('CMD')).toEqual([JSON.stringify(command)]);
    expect(instructions('EXPOSE')).toEqual([ports.join(' ')]);
    expect(instructions('ENV')).toEqual(pairs(environment));
    expect(instructions('LABEL')).toEqual(pairs({ ...labels, [versionLabel]: version }));
  });
});
