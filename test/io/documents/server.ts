// A host that publishes documents over real TLS, with a certificate of its own authority.
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { onTestFinished } from 'vitest';
import { issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';

const day = 86_400_000;

export interface Host {
  readonly name: string;
  readonly port: number;
  /** Such as `https://issuer.example.com:12345`. */
  readonly url: string;
  /** PEM of its authority. */
  readonly certificateAuthority: string;
  /** The names that clients asked for in the handshake. */
  readonly asked: string[];
  /** Connections it has had. */
  readonly connections: () => number;
}

/** @param life days before and after now that its certificate is valid for */
export async function startHost(listener: RequestListener, life: readonly [number, number] = [1, 1]): Promise<Host> {
  const name = 'issuer.example.com';
  const now = Date.now();
  const validity = { notBefore: now - life[0] * day, notAfter: now + life[1] * day };
  const authority = await makeAuthority('test', { notBefore: now - 30 * day, notAfter: now + day });
  const names = { commonName: name, dnsNames: [name], ipAddresses: [] };
  const { certificate, privateKey } = await issueLeaf(authority, names, validity);
  const asked: string[] = [];
  let connections = 0;
  const server = createServer({ cert: certificate, key: privateKey }, listener);
  server.on('connection', () => (connections += 1));
  server.on('secureConnection', ({ servername }) => asked.push(typeof servername === 'string' ? servername : ''));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { certificate: certificateAuthority } = authority;
  return { name, port, url: `https://${name}:${port}`, certificateAuthority, asked, connections: () => connections };
}
