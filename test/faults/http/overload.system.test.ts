import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, serve } from '../../../src/io/http/index.ts';
import { type SelfSignedServer, selfSignedServer } from '../../../src/io/tls/index.ts';
import { report } from '../cluster/report.ts';
import { openMany, openTcp } from './tls-raw.ts';
import { type Answer, counted, expectInjected, post, reviewOf, startWebhook } from './webhook.ts';

let own: SelfSignedServer;
const running: RunningServer[] = [];

beforeAll(async () => {
  const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  own = await selfSignedServer(names, { now: Date.now(), days: 1 });
});

afterAll(() => Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 }))));

function get(url: string, agent: Agent): Promise<Answer & { readonly ms: number }> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, ca: own.caCertificate }, (incoming) => {
      const status = incoming.statusCode ?? 0;
      text(incoming).then((body) => resolve({ status, body, ms: performance.now() - begun }), reject);
    });
    outgoing.on('error', reject).end();
  });
}

const percentile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

test('F28 1,000 connections where 500 are served: the surplus is told 503 while the rest still waits for its answers, and all of that is answered', async () => {
  const capacity = 500;
  const gate = Promise.withResolvers<undefined>();
  let asked = 0;
  const server = await serve({
    host: '127.0.0.1',
    port: 0,
    tls: { cert: own.certificate, key: own.privateKey },
    limits: { connections: capacity },
    // Nobody here is slow but this machine.
    timeouts: { silent: 120_000, headers: 120_000, request: 120_000, stalled: 120_000 },
    handler: async () => {
      asked += 1;
      await gate.promise;
      return { status: 200, headers: {}, body: 'ok' };
    },
  });
  running.push(server);
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const answers: Answer[] = [];
  const all = Array.from({ length: 2 * capacity }, async () => {
    answers.push(await get(server.url, agent));
  });
  await expect.poll(() => answers.length, { timeout: 100_000 }).toBe(capacity);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(asked).toBe(capacity);
  gate.resolve(undefined);
  await Promise.all(all);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(capacity);
  agent.destroy();
});

test('F28 the webhook under twice the connections that it serves answers with reviews, and 503 for what is too much, and with reviews alone when they are gone', async () => {
  const webhook = await startWebhook();
  const review = reviewOf('my-app');
  const calm: number[] = [];
  const timed = async (into: number[]) => {
    const begun = performance.now();
    // A machine that is slow enough drops connections before their requests are read.
    const { status } = await post(webhook, review).catch(() => ({ status: 0 }));
    into.push(performance.now() - begun);
    return status;
  };
  for (let i = 0; i < 50; i++) expect(await timed(calm)).toBe(200);
  const crowded: number[] = [];
  const statuses = await Promise.all(Array.from({ length: 1000 }, () => timed(crowded)));
  expect(statuses.filter((status) => ![200, 503, 0].includes(status))).toEqual([]);
  expect(statuses).toContain(200);
  report(
    `p99 of one at a time ${Math.round(percentile(calm, 0.99))} ms, of 1,000 at once with their handshakes ${Math.round(percentile(crowded, 0.99))} ms`,
  );
  await expect.poll(() => timed(calm), { timeout: 30_000 }).toBe(200);
  for (let i = 0; i < 50; i++) expect(await timed(calm)).toBe(200);
});

test('F28 with 256 file descriptors, more connections than that do not end the webhook, and it serves again when they leave', async () => {
  const webhook = await startWebhook({ shell: 'ulimit -n 256' });
  await expectInjected(webhook);
  const crowd = await openMany(600, () => openTcp(webhook.port));
  await sleep(500);
  for (const peer of crowd) peer.destroy();
  await expect.poll(() => expectInjected(webhook).then(() => 'injected', String), { timeout: 30_000 }).toBe('injected');
  expect(webhook.hasEnded()).toBe(false);
});

test('F28 with a tenth of a processor, what would come after its time is told 503 at once, and nothing stays behind', async () => {
  const webhook = await startWebhook();
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const until = performance.now() + 5000;
  // What a quota of the kernel does: 10 ms of each 100.
  const throttled = (async () => {
    while (performance.now() < until) {
      process.kill(webhook.pid, 'SIGSTOP');
      await sleep(90);
      process.kill(webhook.pid, 'SIGCONT');
      await sleep(10);
    }
  })();
  const statuses = new Map<number, number>();
  const client = async () => {
    while (performance.now() < until) {
      const { status } = await askThrough(webhook.url, agent).catch(() => ({ status: 0 }));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 200 }, client));
  await throttled;
  agent.destroy();
  report(`by status: ${JSON.stringify([...statuses])}`);
  expect(await counted(webhook, 'podiam_webhook_duration_seconds_count', 'status="503"')).toBeGreaterThan(0);
  await expectInjected(webhook);
});

/** A review whose asker waits 600 milliseconds, of which 100 are for looking things up. */
function askThrough(url: string, agent: Agent): Promise<{ readonly status: number }> {
  const body = reviewOf('my-app');
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, rejectUnauthorized: false, headers };
    const outgoing = request(`${url}/mutate?timeout=600ms`, options, (incoming) => {
      text(incoming).then(() => resolve({ status: incoming.statusCode ?? 0 }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
