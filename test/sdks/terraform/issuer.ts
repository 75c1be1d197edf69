// A cluster's issuer that can be asked for its documents, over TLS with an authority of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { discoveryDocument } from '../../../src/core/tokens/index.ts';
import { jsonResponse } from '../../../src/core/wire/index.ts';
import { serve } from '../../../src/io/http/index.ts';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { temporaryFolder } from '../../cli/podiam.ts';
import { newClusterKey } from '../../features/platform.ts';

export async function serveIssuer() {
  const authority = await selfSignedServer(
    { commonName: 'issuer', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    { now: Date.now(), days: 1 },
  );
  const { jwks } = newClusterKey();
  const known = { url: '' };
  const server = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { key: authority.privateKey, cert: authority.certificate },
    handler: ({ path }) => {
      const found: unknown = path.endsWith('/keys')
        ? JSON.parse(jwks)
        : discoveryDocument({ issuer: known.url, jwksUri: `${known.url}/keys`, keys: [{ alg: 'ES256' }] });
      return Promise.resolve(jsonResponse(200, found));
    },
  });
  onTestFinished(() => server.close({ graceMs: 0 }));
  known.url = `https://localhost:${server.port}/cluster`;
  const authorityFile = join(await temporaryFolder(), 'issuer.pem');
  writeFileSync(authorityFile, authority.caCertificate);
  return { url: known.url, authorityFile };
}
