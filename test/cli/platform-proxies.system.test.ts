// `podiam platform` behind load balancers: where a call comes from, as the audit record tells it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { podiam, startPodiam, temporaryFolder } from './podiam.ts';

const free = ['--port=0', '--metrics-port=0', '--drain-seconds=0'];
const event = z.object({ source_address: z.string() });

/** The addresses that calls with these headers are put on record with, from a platform with these settings. */
async function recorded(settings: readonly string[], calls: readonly Readonly<Record<string, string>>[]) {
  const data = await temporaryFolder();
  const platform = startPodiam(['platform', '--data', data, ...free, ...settings]);
  const [, api = ''] = await platform.saidOnError(/"api":"([^"]+)".*"it listens"/);
  await platform.saidOnError(/"the platform is ready"/);
  for (const headers of calls) {
    // Refused since it is not signed, and put on record as that.
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    expect((await fetch(api, { method: 'POST', headers, body })).status).toBe(403);
  }
  const audit = await podiam(['platform', 'audit', '--data', data, '--order=oldest', '--output=json']);
  platform.kill('SIGTERM');
  expect((await platform.finished).code).toBe(0);
  return audit.stdout
    .trim()
    .split('\n')
    .map((line) => event.parse(JSON.parse(line)).source_address);
}

const forged = { 'x-forwarded-for': '1.2.3.4, 198.51.100.1', forwarded: 'for=203.0.113.5' };

test('A25 what a peer says of others counts where the peer is a trusted proxy, and in the one header that is set', async () => {
  expect(await recorded([], [forged])).toEqual(['127.0.0.1']);
  expect(await recorded(['--trusted-proxies=10.0.0.0/8'], [forged])).toEqual(['127.0.0.1']);
  const trusted = '--trusted-proxies=10.0.0.0/8, 127.0.0.1,198.51.100.2';
  const behindTwo = { 'x-forwarded-for': '1.2.3.4, 198.51.100.1, 198.51.100.2' };
  expect(await recorded([trusted], [forged, behindTwo, {}])).toEqual(['198.51.100.1', '198.51.100.1', '127.0.0.1']);
  expect(await recorded([trusted, '--forwarded-header=forwarded'], [forged])).toEqual(['203.0.113.5']);
});
