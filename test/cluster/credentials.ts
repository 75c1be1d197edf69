// What a cluster proves itself by: an authority and its server's certificate, the keys of service-account tokens, and
// the token of its administrator; and kubeconfigs for whoever talks to it.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertifiedKey, issueLeaf, makeAuthority } from '../../src/io/tls/index.ts';
import type { Place } from './place.ts';

export interface ClusterCredentials {
  readonly authority: CertifiedKey;
  readonly administrator: string;
  /** Of the node that a cluster may have. */
  readonly node: string;
}

/** Where the files of a cluster's folder lie that programs are told of. */
export function credentialFiles(folder: string) {
  return {
    authority: join(folder, 'ca.crt'),
    serverCertificate: join(folder, 'server.crt'),
    serverKey: join(folder, 'server.key'),
    tokens: join(folder, 'tokens.csv'),
    kubeconfig: join(folder, 'kubeconfig'),
    serviceAccountKey: (generation: number) => join(folder, `service-account-${generation}.key`),
  };
}

const dayMs = 86_400_000;

export async function makeCredentials(place: Place): Promise<ClusterCredentials> {
  const { address, folder, serviceAddress } = place;
  const now = Date.now();
  const validity = { notBefore: now - 60_000, notAfter: now + dayMs };
  const service = 'kubernetes.default';
  const names = {
    commonName: 'kube-apiserver',
    dnsNames: ['kubernetes', service, `${service}.svc`, `${service}.svc.cluster.local`, 'localhost'],
    ipAddresses: [address, serviceAddress(1), '127.0.0.1'],
  };
  const authority = await makeAuthority('cluster', validity);
  const server = await issueLeaf(authority, names, validity);
  const administrator = randomBytes(16).toString('hex');
  const node = randomBytes(16).toString('hex');
  const tokens = [`${administrator},admin,admin,system:masters`, `${node},system:node:node1,node1,system:nodes`];
  const files = credentialFiles(folder);
  await writeFile(files.authority, authority.certificate);
  await writeFile(files.serverCertificate, server.certificate);
  await writeFile(files.serverKey, server.privateKey, { mode: 0o600 });
  await writeFile(files.tokens, `${tokens.join('\n')}\n`, { mode: 0o600 });
  await makeServiceAccountKey(folder, 1);
  return { authority, administrator, node };
}

/** The public half is read from the same file. */
export async function makeServiceAccountKey(folder: string, generation: number): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs1' });
  await writeFile(credentialFiles(folder).serviceAccountKey(generation), pem, { mode: 0o600 });
}

export interface KubeconfigOptions {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly user: { readonly token: string } | { readonly tokenFile: string };
}

/** JSON is YAML. */
export function kubeconfig({ certificateAuthority, server, user }: KubeconfigOptions): string {
  const data = Buffer.from(certificateAuthority).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': data } }],
    users: [{ name: 'test', user }],
  });
}
