// A look-up that fails keeps pods out where it is told to, but never those of the cluster itself.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { aws, settleProfile } from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { createAdmissionHandler } from '../../../src/features/webhook/index.ts';

function settings() {
  const settled = settleProfile(aws);
  if (settled instanceof Refusal) throw new RefusedError(settled);
  return settled;
}

const answerShape = z.object({
  response: z.object({ allowed: z.boolean(), warnings: z.array(z.string()).default([]) }),
});

const findsNothing = () => Promise.reject(new Error('the API server is away'));

async function review(namespace: string, found: 'account' | 'nothing') {
  const handler = createAdmissionHandler({
    config: () => ({ profiles: [settings()] }),
    onRefusal: 'deny',
    onFailure: 'deny',
    findServiceAccount: found === 'account' ? () => ({ annotations: {} }) : findsNothing,
    findNamespace: findsNothing,
    log: () => {},
  });
  const object = { metadata: { name: 'p' }, spec: { serviceAccountName: 'driver', containers: [{ name: 'app' }] } };
  const request = { uid: 'u', kind: { version: 'v1', kind: 'Pod' }, operation: 'CREATE', namespace, object };
  const { body } = await handler({
    method: 'POST',
    target: '/mutate',
    path: '/mutate',
    query: '',
    rawHeaders: ['content-type', 'application/json'],
    body: Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request })),
    peer: { address: '127.0.0.1', encrypted: true },
  });
  return answerShape.parse(JSON.parse(String(body))).response;
}

test.each(['account', 'nothing'] as const)(
  'F7 with %s found, a pod of kube-system is created with a warning',
  async (found) => {
    expect((await review('shop', found)).allowed).toBe(false);
    const system = await review('kube-system', found);
    expect(system.allowed).toBe(true);
    expect(system.warnings.join(' ')).toContain('not injected');
  },
);
