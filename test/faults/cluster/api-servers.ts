// API servers as callers of the webhook: they trust the caBundle of the moment, keep their connections, wait no longer than
// the webhook configuration allows, and admit nothing on their own under failurePolicy Fail.
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { type Cluster, until } from './cluster.ts';

const answerShape = z.object({
  response: z.object({
    allowed: z.boolean(),
    patch: z.string().optional(),
    warnings: z.array(z.string()).default([]),
    status: z.object({ message: z.string() }).optional(),
  }),
});

export interface Answer {
  readonly allowed: boolean;
  /** Of JSON Patch; undefined where there is nothing to add. */
  readonly patch: string | undefined;
  /** Warnings, and the sentence of a status. */
  readonly told: string;
  /** Whether the connection goes on after it. */
  readonly keepsAlive: boolean;
}

export interface Asked {
  readonly port: number;
  readonly account: string;
  readonly timeoutSeconds?: number;
  /** A new connection for this call alone. */
  readonly fresh?: boolean;
}

const podOf = (serviceAccountName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `pod-of-${serviceAccountName}`, namespace: 'default' },
  spec: { serviceAccountName, containers: [{ name: 'app', image: 'x' }] },
});

const reviewOf = (account: string) =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'default',
      name: `pod-of-${account}`,
      object: podOf(account),
    },
  });

/** For a busy machine: still less than the webhook's own time-outs, so that an answer in time is due to the request's. */
const slackMs = 4000;

export class ApiServers {
  readonly #cluster: Cluster;
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 512, maxCachedSessions: 0 });
  readonly #fresh = new Agent({ keepAlive: false, maxCachedSessions: 0 });

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Rejects with what an API server would take for a failed call. */
  review({ port, account, timeoutSeconds = 10, fresh = false }: Asked): Promise<Answer> {
    const body = reviewOf(account);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port,
          path: `/mutate?timeout=${timeoutSeconds}s`,
          method: 'POST',
          agent: fresh ? this.#fresh : this.#kept,
          ca: this.#cluster.caBundle(),
          servername: 'podiam-webhook.podiam-system.svc',
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (incoming) => {
          text(incoming)
            .then((received) => {
              if (incoming.statusCode !== 200) throw new Error(`${incoming.statusCode}: ${received}`);
              const { response } = answerShape.parse(JSON.parse(received));
              const { allowed, patch, warnings, status } = response;
              resolve({
                allowed,
                patch: patch && Buffer.from(patch, 'base64').toString(),
                told: [...warnings, status?.message ?? ''].join(' ').trim(),
                keepsAlive: incoming.headers.connection !== 'close',
              });
            })
            .catch(reject);
        },
      );
      outgoing.setTimeout(timeoutSeconds * 1000 + slackMs, () =>
        outgoing.destroy(new Error('context deadline exceeded')),
      );
      outgoing.on('error', reject).end(body);
    });
  }

  close(): void {
    this.#kept.destroy();
    this.#fresh.destroy();
  }
}

export interface LoadOptions {
  readonly perSecond: number;
  /** Where the next call goes, and about whom. */
  readonly next: (turn: number) => Asked;
  readonly onAnswer?: (answer: Answer, asked: Asked) => void;
}

export interface Load {
  readonly done: () => number;
  readonly inFlight: () => number;
  /** Calls that failed, why, and where they went. */
  readonly failures: readonly { readonly why: string; readonly port: number }[];
  /** Waits until so many more were answered. */
  readonly more: (calls: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const tickMs = 10;
/** On a busy machine the rate is what suffers, not the handshakes. */
const mostInFlight = 32;

/** Calls at a rate, as long as answers come. */
export function load(apiServers: ApiServers, { perSecond, next, onAnswer = () => {} }: LoadOptions): Load {
  const failures: { why: string; port: number }[] = [];
  const running = new Set<Promise<void>>();
  let done = 0;
  let turn = 0;
  const call = async () => {
    const asked = next(turn++);
    try {
      onAnswer(await apiServers.review(asked), asked);
    } catch (error) {
      failures.push({ why: String(error), port: asked.port });
    }
    done += 1;
  };
  let owed = 0;
  let lastTick = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    owed = Math.min(owed + ((now - lastTick) * perSecond) / 1000, perSecond);
    lastTick = now;
    for (; owed >= 1 && running.size < mostInFlight; owed -= 1) {
      const one = call().finally(() => running.delete(one));
      running.add(one);
    }
  }, tickMs);
  return {
    done: () => done,
    inFlight: () => running.size,
    failures,
    more: async (calls) => {
      const goal = done + calls;
      await until(`${calls} more calls are done`, () => done >= goal);
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
      apiServers.close();
    },
  };
}
