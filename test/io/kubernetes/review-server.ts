// An API server that reviews tokens and does nothing else, over real TLS, with an authority of its own; and all that can be
// wrong with one. What a real API server answers is tested on a real one (test/cluster).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';

const day = 86_400_000;

const review = z.object({
  apiVersion: z.literal('authentication.k8s.io/v1'),
  kind: z.literal('TokenReview'),
  spec: z.object({ token: z.string(), audiences: z.array(z.string()) }),
});

export interface Asked {
  readonly authorization: string | undefined;
  readonly token: string;
  readonly audiences: readonly string[];
}

export type Behaviour = (asked: Asked, response: ServerResponse, request: IncomingMessage) => void;

const json = (response: ServerResponse, status: number, body: unknown) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const status = (code: number, reason: string, message: string) => ({ kind: 'Status', code, reason, message });

const reviewed = (authenticated: boolean, more: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  status: { authenticated, ...more },
});

/** What API servers, and others, answer. */
export const behaviours = {
  stands: ({ audiences }, response) => json(response, 201, reviewed(true, { audiences })),
  gone: (_, response) => json(response, 201, reviewed(false, { error: 'service account token has been invalidated' })),
  quotes: ({ token, authorization }, response) =>
    json(response, 201, reviewed(false, { error: `what is ${token} of ${authorization}?` })),
  rambles: ({ token }, response) =>
    json(response, 201, reviewed(false, { error: `${'so '.repeat(320)}${token} ${'a '.repeat(100_000)}` })),
  refusesAtLength: (_, response) => json(response, 403, status(403, `No${'o'.repeat(200_000)}`, 'no')),
  unauthorized: (_, response) => json(response, 401, status(401, 'Unauthorized', 'Unauthorized')),
  forbidden: ({ token }, response) => json(response, 403, status(403, 'Forbidden', `${token} is not for you`)),
  unavailable: (_, response) => json(response, 503, status(503, 'ServiceUnavailable', 'etcd is gone')),
  redirects: (_, response) => void response.writeHead(307, { location: 'https://127.0.0.1:1/' }).end(),
  isNoApiServer: (_, response) => json(response, 200, { hello: 'world' }),
  isNoJson: (_, response) => void response.writeHead(200).end('<html></html>'),
  hangs: () => {},
  trickles: (_, response) => void response.writeHead(201).write('{'),
  breaksOff: (_, response) =>
    void response.writeHead(201, { 'content-length': '500' }).end('{', () => response.destroy()),
  floods: (_, response) => void response.writeHead(201).end(' '.repeat(1_000_000)),
} as const satisfies Readonly<Record<string, Behaviour>>;

export interface ReviewingServer {
  readonly port: number;
  /** By a name that the system knows. */
  readonly url: string;
  /** PEM. */
  readonly certificateAuthority: string;
  /** All that it was asked, the last one at the end. */
  readonly asked: Asked[];
  /** How it answers from now on. */
  behave: Behaviour;
  /** How many connections there were. */
  readonly connections: () => number;
  /** How many there are. */
  readonly open: () => number;
}

async function newCluster() {
  const now = Date.now();
  const validity = { notBefore: now - day, notAfter: now + day };
  const authority = await makeAuthority('cluster', validity);
  const names = { commonName: 'api', dnsNames: ['localhost', 'api.example.com'], ipAddresses: ['127.0.0.1'] };
  return { ...(await issueLeaf(authority, names, validity)), certificateAuthority: authority.certificate };
}

let usual: ReturnType<typeof newCluster> | undefined;

/** @param options `isOther` for one whose certificate another authority has signed */
export async function startReviewServer({ isOther = false } = {}): Promise<ReviewingServer> {
  const { certificate, certificateAuthority, privateKey } = await (isOther ? newCluster() : (usual ??= newCluster()));
  const asked: Asked[] = [];
  const behave: Behaviour = behaviours.stands;
  const state = { behave, asked };
  let connections = 0;
  let open = 0;
  const server = createServer({ cert: certificate, key: privateKey }, (request, response) => {
    void text(request).then((body) => {
      const { spec } = review.parse(JSON.parse(body));
      const asked = { authorization: request.headers.authorization, ...spec };
      state.asked.push(asked);
      state.behave(asked, response, request);
    });
  });
  server.on('connection', (socket) => {
    connections += 1;
    open += 1;
    socket.on('close', () => (open -= 1));
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(state, {
    port,
    url: `https://localhost:${port}`,
    certificateAuthority,
    connections: () => connections,
    open: () => open,
  });
}
