import { expect, test } from 'vitest';
import { isObject } from '../../../src/core/injection/index.ts';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import { arn, createWebhook, pod, reviewOf, roleKey } from '../../faults/http/asking.ts';

function requestOf(review: unknown, agent: string): HttpRequest {
  return {
    method: 'POST',
    target: '/mutate',
    path: '/mutate',
    query: '',
    rawHeaders: ['Content-Type', 'application/json', 'User-Agent', agent],
    body: Buffer.from(JSON.stringify(review)),
    peer: { address: '127.0.0.1', encrypted: true },
  };
}

const crowded = (values: number) =>
  reviewOf({ object: { ...pod, status: Array.from({ length: values }, () => ({})) } });

function reasonOf(body: string | Uint8Array): unknown {
  const value: unknown = JSON.parse(body.toString());
  return isObject(value) ? value['reason'] : undefined;
}

test.each(['kube-apiserver-admission', 'curl/8'])(
  'A21 reviews from %s that hold much are not read while others that hold much are judged; small ones always are, and when those are done so is the rest',
  async (agent) => {
    const gate = Promise.withResolvers<undefined>();
    const handler = createWebhook({
      findServiceAccount: async () => {
        await gate.promise;
        return { annotations: { [roleKey]: arn('s3') } };
      },
    });
    const ask = async (values: number) => handler(requestOf(crowded(values), agent));
    const held = ask(200_000);
    const refused = await ask(200_000);
    expect({ status: refused.status, reason: reasonOf(refused.body) }).toEqual({
      status: 503,
      reason: 'admission-crowded',
    });
    const small = ask(10);
    gate.resolve(undefined);
    expect((await small).status).toBe(200);
    expect((await held).status).toBe(200);
    for (let i = 0; i < 3; i++) expect((await ask(200_000)).status).toBe(200);
    const immense = await ask(300_000);
    expect({ status: immense.status, reason: reasonOf(immense.body) }).toEqual({
      status: 400,
      reason: 'admission-review-malformed',
    });
    expect((await ask(200_000)).status).toBe(200);
  },
);
