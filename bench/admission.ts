// The webhook's path for a review, and the least that any webhook does beside it.
import { createServer } from 'node:https';
import { podiam, settleProfile } from '../src/core/injection/index.ts';
import { createAdmissionHandler } from '../src/features/webhook/index.ts';
import { serve } from '../src/io/http/index.ts';
import { selfSignedServer } from '../src/io/tls/index.ts';
import { admissionReview } from './review.ts';
import { listen, must, type Started } from './started.ts';

const reviews = [{ path: '/mutate?timeout=10s', contentType: 'application/json', body: admissionReview() }];

const certificate = () =>
  selfSignedServer(
    { commonName: 'bench', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    { now: Date.now(), days: 1 },
  );

/** TLS, HTTP and JSON, and an answer as long as a patch. */
export async function bareAdmission(): Promise<Started> {
  const { privateKey, certificate: cert } = await certificate();
  const answer = JSON.stringify({ response: { allowed: true, patch: 'x'.repeat(1500) } });
  const server = createServer({ key: privateKey, cert, ALPNProtocols: ['http/1.1'] }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
    });
  });
  return { port: await listen(server), requests: reviews };
}

export async function admission(): Promise<Started> {
  const profile = must(settleProfile(podiam, { 'sts-endpoint': 'https://sts.example.com' }));
  const annotations = { 'podiam.dev/role-arn': 'arn:aws:iam::123456789012:role/my-app' };
  const { privateKey, certificate: cert } = await certificate();
  const { port } = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { key: privateKey, cert },
    handler: createAdmissionHandler({
      config: () => ({ profiles: [profile] }),
      onRefusal: 'warn',
      findServiceAccount: () => ({ annotations }),
      log: () => {},
    }),
  });
  return { port, requests: reviews };
}
