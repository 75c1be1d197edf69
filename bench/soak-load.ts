// Reviews at a steady rate, as API servers send them: kept connections and some new ones, answers checked.
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { admissionReview } from './review.ts';

const reviewShape = z.looseObject({ request: z.looseObject({ object: z.looseObject({ spec: z.looseObject({}) }) }) });
const answerShape = z.object({ response: z.object({ allowed: z.literal(true), patch: z.string() }) });

/** One body for each of so many service accounts with a role. */
function bodies(count: number): readonly Buffer[] {
  const review = reviewShape.parse(JSON.parse(admissionReview()));
  const { object } = review.request;
  return Array.from({ length: count }, (_, i) => {
    const spec = { ...object.spec, serviceAccountName: `account-${i * 50}`, serviceAccount: `account-${i * 50}` };
    return Buffer.from(JSON.stringify({ ...review, request: { ...review.request, object: { ...object, spec } } }));
  });
}

export interface SteadyLoad {
  readonly perSecond: number;
  readonly port: number;
  /** What the caller trusts (PEM). */
  readonly ca: string;
}

export interface SteadyResult {
  readonly answered: number;
  /** How often each failure came. */
  readonly failures: ReadonlyMap<string, number>;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const timeoutMs = 10_000;
const tickMs = 10;
const mostInFlight = 64;
/** One in so many is made on a new connection. */
const freshEvery = 50;
const mostLatencies = 100_000;

/** Begins at once; what it returns ends it, and tells what came of it. */
export function applySteadily({ perSecond, port, ca }: SteadyLoad): () => Promise<SteadyResult> {
  const kept = new Agent({ keepAlive: true, maxSockets: 64 });
  const fresh = new Agent({ keepAlive: false, maxCachedSessions: 0 });
  const prepared = bodies(200);
  const failures = new Map<string, number>();
  const latencies: number[] = [];
  const running = new Set<Promise<void>>();
  let answered = 0;
  let turn = 0;

  const ask = (body: Buffer, agent: Agent) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const target = { host: '127.0.0.1', port, path: '/mutate?timeout=10s', servername: 'localhost' };
      const outgoing = request({ ...target, method: 'POST', agent, ca, headers }, (incoming) => {
        text(incoming).then(resolve, reject);
      });
      outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject).end(body);
    });

  const call = async () => {
    turn += 1;
    const startedAt = performance.now();
    try {
      const body = prepared[turn % prepared.length] ?? Buffer.alloc(0);
      answerShape.parse(JSON.parse(await ask(body, turn % freshEvery === 0 ? fresh : kept)));
      answered += 1;
      latencies[answered % mostLatencies] = performance.now() - startedAt;
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 100) : 'unknown';
      failures.set(why, (failures.get(why) ?? 0) + 1);
    }
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

  return async () => {
    clearInterval(timer);
    await Promise.all(running);
    kept.destroy();
    fresh.destroy();
    const sorted = latencies.filter(Number.isFinite).toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN;
    return { answered, failures, p50: at(0.5), p99: at(0.99) };
  };
}
