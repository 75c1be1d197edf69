// Reviews with wrong types everywhere, cut off, and bent: each gets an answer of the protocol.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { aws, settleProfile } from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { createAdmissionHandler } from '../../../src/features/webhook/index.ts';

const settled = settleProfile(aws);
if (settled instanceof Refusal) throw new RefusedError(settled);
const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/s3' };

const mutate = createAdmissionHandler({
  config: () => ({ profiles: [settled] }),
  onRefusal: 'deny',
  findServiceAccount: () => ({ annotations }),
  findNamespace: () => ({ annotations: {} }),
  log: () => undefined,
});

const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u',
    kind: { kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'dev',
    object: {
      metadata: { name: 'web', annotations: { 'eks.amazonaws.com/skip-containers': 'x' }, labels: { app: 'web' } },
      spec: {
        serviceAccountName: 'web',
        nodeSelector: { a: 'b' },
        initContainers: [{ name: 'setup' }],
        containers: [{ name: 'app', env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
        volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { audience: 'a', path: 'p' } }] } }],
      },
    },
  },
};

const text = JSON.stringify(review);
/** Where a value begins in the text. */
const places = [...text.matchAll(/(?<=[:[,])(?:"[^"]*"(?!:)|[[{])/g)].map(({ index }) => index);

/** The review with one of its values replaced: of a list or an object, all of it. */
function bent(place: number, value: unknown): string {
  let depth = 0;
  let end = text[place] === '"' ? text.indexOf('"', place + 1) + 1 : place;
  while (text[place] !== '"' && (depth > 0 || end === place)) {
    if ('[{'.includes(text[end] ?? '')) depth += 1;
    if (']}'.includes(text[end] ?? '')) depth -= 1;
    end += 1;
  }
  return text.slice(0, place) + JSON.stringify(value) + text.slice(end);
}

const body = fc.oneof(
  fc.tuple(fc.constantFrom(...places), fc.jsonValue()).map(([place, value]) => bent(place, value)),
  fc.nat({ max: text.length }).map((length) => text.slice(0, length)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }),
);

it('F27 every strange review is answered with 200 or 400', async () => {
  const peer = { address: '127.0.0.1', encrypted: true };
  const rest = {
    method: 'POST',
    target: '/mutate',
    path: '/mutate',
    query: '',
    rawHeaders: ['content-type', 'application/json'],
    peer,
  };
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const { status } = await mutate({ ...rest, body: new TextEncoder().encode(sent) });
      expect([200, 400]).toContain(status);
    }),
    { numRuns: 5_000 },
  );
});
