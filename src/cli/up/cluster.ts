// The stand-in for a cluster: its signing key, its issuer's name, and the documents that publish the key.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { kubernetesKeyId, type PublicJwk, publicJwk } from '../../core/tokens/index.ts';
import type { ClusterIdentity } from '../../features/cluster/index.ts';
import { createIssuerHandler } from '../../features/issuer/index.ts';
import { type RunningServer, serve } from '../../io/http/index.ts';
import { keptSecret, keptSetting, type Storage } from './storage.ts';
import { world } from './world.ts';

export type ClusterAlgorithm = 'rs256' | 'es256';

export interface Cluster {
  readonly identity: ClusterIdentity;
  readonly keys: readonly PublicJwk[];
  readonly documents: RunningServer;
}

interface SigningKind {
  readonly algorithm: ClusterIdentity['algorithm'];
  readonly generate: () => KeyObject;
}

const kinds: Readonly<Record<ClusterAlgorithm, SigningKind>> = {
  rs256: { algorithm: 'RS256', generate: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey },
  es256: { algorithm: 'ES256', generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
};

const secretName = (kind: ClusterAlgorithm) => `cluster/signing-key/${kind}`;

async function signingKey(storage: Storage, kind: ClusterAlgorithm): Promise<KeyObject> {
  const der = await keptSecret(storage, secretName(kind), () =>
    kinds[kind].generate().export({ format: 'der', type: 'pkcs8' }),
  );
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' });
}

/** All keys that this cluster ever signed with: tokens of an earlier run may still be about. */
async function publishedKeys(storage: Storage): Promise<PublicJwk[]> {
  const kept = await storage.registry.secrets.list('cluster/signing-key/');
  const names = new Set(kept.map(({ name }) => name));
  const published: PublicJwk[] = [];
  for (const kind of ['rs256', 'es256'] as const) {
    if (names.has(secretName(kind))) {
      const key = createPublicKey(await signingKey(storage, kind));
      published.push(publicJwk(key, kubernetesKeyId(key), kinds[kind].algorithm));
    }
  }
  return published;
}

/** The issuer's name is kept with the data: it depends on no port, so tokens and registrations outlive a restart. */
export async function startCluster(storage: Storage, kind: ClusterAlgorithm, port: number): Promise<Cluster> {
  const issuer = await keptSetting(storage, 'cluster/issuer', () => {
    const id = Buffer.from(world.randomBytes(6)).toString('hex');
    return `https://podiam.internal/clusters/${id}`;
  });
  const key = await signingKey(storage, kind);
  const keys = await publishedKeys(storage);
  const identity: ClusterIdentity = {
    issuer,
    keyId: kubernetesKeyId(createPublicKey(key)),
    algorithm: kinds[kind].algorithm,
    sign: (bytes) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
  };
  const documents = await serve({ host: '127.0.0.1', port, handler: createIssuerHandler({ url: issuer, keys }) });
  return { identity, keys, documents };
}
