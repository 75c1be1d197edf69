import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { report } from '../cluster/report.ts';
import { openMany, openTcp, openTls, type RawTls } from './tls-raw.ts';
import { counted, expectInjected, post, residentMiB, reviewOf, startWebhook } from './webhook.ts';

const head = 'POST /mutate?timeout=10s HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n';
const review = reviewOf('my-app');

/** Files that a process may have open here. */
const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) || 20_000;
const many = Math.min(10_000, Math.floor(descriptors / 2) - 1000);

const crowds: readonly { what: string; count: number; open: (port: number) => Promise<RawTls>; say: string }[] = [
  { what: 'handshakes that stall', count: 1000, open: openTcp, say: '\u0016\u0003\u0001' },
  { what: 'headers that never end', count: 1000, open: openTls, say: head },
  {
    what: 'bodies that never end',
    count: 1000,
    open: openTls,
    say: `${head}Content-Length: ${review.length}\r\n\r\n${review.slice(0, -1)}`,
  },
  { what: 'connections on which nothing is said', count: many, open: openTcp, say: '' },
];

test('F25 slow handshakes, headers and bodies, 1,000 each, and 10,000 idle: others are served meanwhile, each is closed in time, and no half review is judged', async () => {
  const webhook = await startWebhook();
  const held: RawTls[] = [];
  let served = 0;
  for (const { what, count, open, say } of crowds) {
    const crowd = await openMany(count, () => open(webhook.port));
    for (const peer of crowd) if (say !== '') peer.send(say);
    held.push(...crowd);
    // Whoever has just come is given some seconds before it must make room, and a machine that also plays the crowd may
    // answer one call with a refusal: each is tried until it is served.
    for (let i = 0; i < 20; i++, served++) {
      await expect
        .poll(() => expectInjected(webhook).then(() => 'injected', String), { timeout: 30_000 })
        .toBe('injected');
    }
    report(`${count} ${what}: ${Math.round(await residentMiB(webhook))} MiB resident`);
  }
  const ends = await Promise.all(held.map(({ closed }) => closed));
  expect(ends).toHaveLength(3000 + many);
  const isRefusal = (received: string) => /^HTTP\/1\.1 (?:408|503) /.test(received);
  expect(ends.filter((received) => received !== '' && !isRefusal(received))).toEqual([]);
  await expectInjected(webhook);
  expect(await counted(webhook, 'podiam_webhook_decisions_total')).toBe(served + 1);
  expect(webhook.hasEnded()).toBe(false);
});

test.each([
  ['Content-Length', `Content-Length: ${review.length}\r\n\r\n${review.slice(0, -1)}`],
  // Whole as JSON, and yet not as a message.
  ['chunks', `Transfer-Encoding: chunked\r\n\r\n${review.length.toString(16)}\r\n${review}\r\n`],
])('F25 a review with %s that is aborted, or whose sender closes its half, is not judged', async (_, rest) => {
  const webhook = await startWebhook();
  const peers = await openMany(20, () => openTls(webhook.port));
  for (const [index, peer] of peers.entries()) {
    peer.send(`${head}${rest}`);
    if (index % 2 === 0) peer.end();
    else setTimeout(peer.destroy, 100);
  }
  await Promise.all(peers.map(({ closed }) => closed));
  expect(await counted(webhook, 'podiam_webhook_decisions_total')).toBe(0);
  expect((await post(webhook, review)).status).toBe(200);
  expect(await counted(webhook, 'podiam_webhook_decisions_total')).toBe(1);
});
