// The webhook over HTTPS, and the request that an API server would make of it when the pod is created.
import { z } from 'zod';
import { type AddOperation, applyPatch, podiam, settleProfile } from '../../core/injection/index.ts';
import { causeOf, Refusal, RefusedError } from '../../core/refusals/index.ts';
import { mutatePath } from '../../core/wire/index.ts';
import { createAdmissionHandler } from '../../features/webhook/index.ts';
import { createForwarder, type RunningServer, serve } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';
import { selfSignedServer } from '../../io/tls/index.ts';
import { world } from './world.ts';

export interface Webhook {
  readonly server: RunningServer;
  /** PEM; what a webhook configuration holds as caBundle. */
  readonly caCertificate: string;
}

interface ServiceAccount {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

/** Serves admission for a cluster with this one service account. */
export async function startWebhook(
  options: { readonly port: number; readonly stsEndpoint: string; readonly serviceAccount: ServiceAccount },
  log: Log,
): Promise<Webhook> {
  const profile = settleProfile(podiam, { 'sts-endpoint': options.stsEndpoint });
  if (profile instanceof Refusal) throw new RefusedError(profile);
  const certificate = await selfSignedServer(
    { commonName: 'podiam-webhook', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    { now: world.now(), days: 1 },
  );
  const { metadata } = options.serviceAccount;
  const isThis = (namespace: string, name: string) => namespace === metadata.namespace && name === metadata.name;
  const handler = createAdmissionHandler({
    config: () => ({ profiles: [profile] }),
    onRefusal: 'deny',
    findServiceAccount: (namespace, name) => (isThis(namespace, name) ? metadata : undefined),
    log: (record) => log.info('admission', { ...record }),
    randomBytes: world.randomBytes,
  });
  const server = await serve({
    host: '127.0.0.1',
    port: options.port,
    handler,
    tls: { key: certificate.privateKey, cert: certificate.certificate },
    limits: { bodyBytes: 8 * 1024 * 1024 },
    onError: (error) => log.error('a handler failed', { error: causeOf(error) }),
  });
  return { server, caCertificate: certificate.caCertificate };
}

const reviewShape = z.object({
  response: z.object({
    uid: z.string(),
    allowed: z.boolean(),
    patch: z.string().optional(),
    warnings: z.array(z.string()).default([]),
    status: z.object({ message: z.string() }).optional(),
  }),
});
const patchShape = z.array(z.object({ op: z.literal('add'), path: z.string(), value: z.json() }));

interface PodManifest {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

function reviewOf(uid: string, pod: PodManifest): string {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const { name, namespace } = pod.metadata;
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name,
      namespace,
      operation: 'CREATE',
      userInfo: { username: 'kubernetes-admin', groups: ['system:authenticated'] },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    },
  });
}

export interface Admitted {
  readonly pod: unknown;
  readonly operations: readonly AddOperation[];
}

/** Sends the pod as an API server would, and applies the patch that comes back. */
export async function admit(webhook: Webhook, pod: PodManifest): Promise<Admitted> {
  const uid = world.newId();
  const upstream = { host: '127.0.0.1', port: webhook.server.port, tls: { ca: webhook.caCertificate } };
  const forwarder = createForwarder({ upstream });
  try {
    const answer = await forwarder.forward({
      method: 'POST',
      target: `${mutatePath}?timeout=10s`,
      path: mutatePath,
      query: 'timeout=10s',
      rawHeaders: ['content-type', 'application/json', 'accept', 'application/json'],
      body: Buffer.from(reviewOf(uid, pod)),
      peer: { address: '127.0.0.1', encrypted: false },
    });
    if (answer instanceof Refusal) throw new RefusedError(answer);
    const body: unknown = JSON.parse(Buffer.from(answer.body).toString());
    const { response } = reviewShape.parse(body);
    if (response.uid !== uid || !response.allowed)
      throw new Error(response.status?.message ?? 'the pod was not admitted');
    const patch: unknown = JSON.parse(Buffer.from(response.patch ?? btoa('[]'), 'base64').toString());
    const operations = patchShape.parse(patch);
    return { pod: applyPatch(pod, operations), operations };
  } finally {
    forwarder.close();
  }
}
