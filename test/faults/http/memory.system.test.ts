// What strangers can make a replica hold: its peak, as the kernel counts it, stays below the memory of the manifests.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { report } from '../cluster/report.ts';
import { openMany, openTls } from './tls-raw.ts';
import { expectInjected, post, type RunningWebhook, reviewOf, startWebhook } from './webhook.ts';

const mib = 1024 * 1024;
const memoryOfManifests = 256;
/** As the image has it, and as Node.js derives it from a container’s memory: half of it for the heap. */
const inContainer = { environment: { NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=128' } };

async function peakMiB({ pid }: RunningWebhook): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** A review of eight MiB, or nearly, that is full of the smallest things that there are. */
const fullOf = (sign: string) =>
  reviewOf('my-app').replace('"uid":"u"', `"uid":"u","x":[${`${sign},`.repeat(8_000_000 / (sign.length + 1))}0]`);

test('A21 reviews of 8 MiB full of empty objects, lists, numbers and small members are refused, whoever they say they come from, at a peak below 256 MiB', async () => {
  const webhook = await startWebhook(inContainer);
  const before = await peakMiB(webhook);
  for (const sign of ['{}', '[]', '0', '""', '{"a":0}', '[[[]]]', '{"a":{"a":{}}}']) {
    const body = fullOf(sign);
    for (const agent of ['kube-apiserver-admission', 'curl']) {
      const { status, body: said } = await post(webhook, body, { 'user-agent': agent });
      expect(status, `${sign}: ${said}`).toBe(400);
    }
  }
  const peak = await peakMiB(webhook);
  report(`from ${Math.round(before)} MiB to a peak of ${Math.round(peak)} MiB`);
  expect(peak).toBeLessThan(memoryOfManifests);
  await expectInjected(webhook);
});

test('A21 as many values as are read, in 40 reviews at once of a service account that is looked up for seconds: 503 for what is too much, at a peak below 256 MiB', async () => {
  const webhook = await startWebhook(inContainer);
  const slow = 'slow-to-be-found';
  webhook.api.fail('hang', { when: ({ path }) => path.endsWith(`/${slow}`) });
  const items = Array.from({ length: 120_000 }, (_, n) => `{"${n.toString(36)}":0}`).join();
  const body = reviewOf(slow).replace('"uid":"u"', `"uid":"u","x":[${items}]`);
  const headers = { 'user-agent': 'kube-apiserver-admission' };
  const asked = Array.from({ length: 40 }, () => post(webhook, body, headers, '/mutate?timeout=3s'));
  await sleep(1000);
  await expectInjected(webhook);
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  const peak = await peakMiB(webhook);
  report(`a peak of ${Math.round(peak)} MiB, ${statuses.filter((status) => status === 503).length} of 40 refused`);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(peak).toBeLessThan(memoryOfManifests);
});

const unfinished = [
  'POST /mutate?timeout=10s HTTP/1.1',
  'Host: h',
  'Content-Type: application/json',
  `Content-Length: ${8 * mib}`,
  '\r\n',
].join('\r\n');

test('A21 60 connections that send 7 of 8 MiB and wait: the largest make room with 503, API servers are answered all along, at a peak below 256 MiB', async () => {
  const webhook = await startWebhook(inContainer);
  const crowd = await openMany(60, () => openTls(webhook.port));
  const piece = 'x'.repeat(mib);
  for (let sent = 0; sent < 7; sent++) {
    for (const { send } of crowd) send(sent === 0 ? `${unfinished}${piece}` : piece);
    await expectInjected(webhook);
  }
  await sleep(3000);
  await expectInjected(webhook);
  const peak = await peakMiB(webhook);
  report(`a peak of ${Math.round(peak)} MiB`);
  expect(peak).toBeLessThan(memoryOfManifests);
  for (const { destroy } of crowd) destroy();
});

test('A21 a body in chunks of one byte costs what its bytes do', async () => {
  const webhook = await startWebhook(inContainer);
  const chunked = await openTls(webhook.port);
  chunked.send(unfinished.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked\r\nConnection: close'));
  const before = await peakMiB(webhook);
  for (let sent = 0; sent < 4; sent++) chunked.send('1\r\nx\r\n'.repeat(100_000));
  chunked.send('0\r\n\r\n');
  expect(await chunked.closed).toMatch(/^HTTP\/1.1 40[08]/);
  const peak = await peakMiB(webhook);
  report(`400 kB in chunks of one byte: from ${Math.round(before)} MiB to a peak of ${Math.round(peak)} MiB`);
  expect(peak).toBeLessThan(memoryOfManifests);
});

test('A19 with client certificates, a stranger is refused when the head of his request is there, and his body is not waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'podiam-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clientCa = join(folder, 'ca.crt');
  const names = { commonName: 'clients', dnsNames: ['clients'], ipAddresses: [] };
  await writeFile(clientCa, (await selfSignedServer(names, { now: Date.now(), days: 1 })).caCertificate);
  const webhook = await startWebhook({ ...inContainer, args: ['--client-ca', clientCa] });
  const crowd = await openMany(60, () => openTls(webhook.port));
  for (const { send } of crowd) send(unfinished);
  for (const one of crowd) expect(await one.closed).toContain('HTTP/1.1 403');
  const strangers = await openMany(20, () => openTls(webhook.port));
  for (const { send } of strangers) send(`${unfinished}${'x'.repeat(7 * mib)}`);
  await Promise.all(strangers.map(({ closed }) => closed));
  const peak = await peakMiB(webhook);
  report(`a peak of ${Math.round(peak)} MiB`);
  expect(peak).toBeLessThan(memoryOfManifests);
  const probe = await new Promise<string>((resolve, reject) => {
    const outgoing = request(`${webhook.url}/readyz`, { rejectUnauthorized: false, agent: false }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject).end();
  });
  expect(probe).toBe('ok\n');
});
