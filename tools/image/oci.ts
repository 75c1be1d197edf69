// Packs files into an image archive without a Docker daemon: OCI image layout (image-spec 1.1), with the `manifest.json`
// beside it that `docker load` wants.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ImageFile } from './collect.ts';
import { imageConfiguration, versionLabel } from './contents.ts';
import { type TarEntry, tar } from './tar.ts';

export interface ImageOptions {
  /** With its tag, such as `podiam:0.1.0`. */
  readonly name: string;
  readonly version: string;
  /** As Go calls it. */
  readonly architecture: string;
  /** The time of everything in the image, in seconds since the epoch. */
  readonly seconds: number;
}

interface Blob {
  readonly mediaType: string;
  readonly content: Buffer;
}

interface Layer extends Blob {
  /** Of what is compressed. */
  readonly diffId: string;
}

const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const blobPath = ({ content }: Blob) => `blobs/${digestOf(content).replace(':', '/')}`;
const describe = ({ content, mediaType }: Blob) => ({ mediaType, digest: digestOf(content), size: content.length });

function jsonBlob(mediaType: string, value: unknown): Blob {
  return { mediaType, content: Buffer.from(JSON.stringify(value)) };
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
}

/** Every folder once and before what is in it. */
function entriesOf(files: readonly ImageFile[]): readonly TarEntry[] {
  const entries = new Map<string, TarEntry>();
  for (const file of files) {
    const path = file.path.slice(1);
    for (const folder of foldersOf(path)) entries.set(folder, { path: folder, mode: 0o755, content: Buffer.alloc(0) });
    entries.set(path, { path, mode: file.isExecutable ? 0o755 : 0o644, content: file.read() });
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const unknownSystem = 255;

function layerOf(files: readonly ImageFile[], seconds: number): Layer {
  const archive = tar(entriesOf(files), seconds);
  const content = gzipSync(archive, { level: 6 });
  // RFC 1952, section 2.3: the tenth byte names the system that compressed, which is nobody's business.
  content[9] = unknownSystem;
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', content, diffId: digestOf(archive) };
}

function configurationOf(layers: readonly Layer[], { architecture, seconds, version }: ImageOptions): Blob {
  const { command, entrypoint, environment, labels, ports, user, workingDirectory } = imageConfiguration;
  const created = new Date(seconds * 1000).toISOString();
  return jsonBlob('application/vnd.oci.image.config.v1+json', {
    created,
    architecture,
    os: 'linux',
    config: {
      User: user,
      WorkingDir: workingDirectory,
      Entrypoint: entrypoint,
      Cmd: command,
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
      Labels: { ...labels, [versionLabel]: version },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created, created_by: 'npm run image' })),
  });
}

/** containerd and Docker both take it for `docker.io/library/podiam:0.1.0`, where the name has no registry. */
function fullName(name: string): string {
  const [first = ''] = name.split('/');
  if (name.includes('/') && /[.:]|^localhost$/.test(first)) return name;
  return name.includes('/') ? `docker.io/${name}` : `docker.io/library/${name}`;
}

/**
 * An archive for `ctr image import`, `docker load`, `skopeo copy oci-archive:…`.
 * @param layers the files of each layer, the one that changes least first
 */
export function packImage(layers: readonly (readonly ImageFile[])[], options: ImageOptions): Buffer {
  const { architecture, name, seconds } = options;
  const packed = layers.map((files) => layerOf(files, seconds));
  const configuration = configurationOf(packed, options);
  const manifest = jsonBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe(configuration),
    layers: packed.map(describe),
  });
  const annotations = {
    'io.containerd.image.name': fullName(name),
    'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
  };
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...describe(manifest), platform: { architecture, os: 'linux' }, annotations }],
  };
  const docker = [{ Config: blobPath(configuration), RepoTags: [name], Layers: packed.map(blobPath) }];
  const file = (path: string, content: Buffer): TarEntry => ({ path, mode: 0o644, content });
  const json = (path: string, value: unknown) => file(path, Buffer.from(JSON.stringify(value)));
  const blobs = new Map([...packed, configuration, manifest].map((blob) => [blobPath(blob), blob.content]));
  const entries = [
    json('oci-layout', { imageLayoutVersion: '1.0.0' }),
    json('index.json', index),
    json('manifest.json', docker),
    ...[...blobs].map(([path, content]) => file(path, content)),
  ];
  return tar(entries, seconds);
}
