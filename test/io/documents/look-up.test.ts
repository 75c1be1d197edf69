import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLookUp, type LookUp } from '../../../src/io/documents/look-up.ts';

const types = { 1: 'A', 28: 'AAAA' } as const;
/** Addresses as bytes, by name and type; `silent` for none ever, and no entry for a name that is not there. */
type Zone = Readonly<Record<string, readonly number[] | 'silent'>>;

function questionOf(message: Buffer): { readonly name: string; readonly type: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = message.readUInt16BE(at + 1);
  return { name: labels.join('.'), type: number === 1 || number === 28 ? types[number] : '', end: at + 5 };
}

/** A name server (RFC 1035, section 4.1), and all it was asked. */
async function serveNames(zone: Zone) {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message, { address, port }) => {
    const { name, type, end } = questionOf(message);
    asked.push(`${name} ${type}`);
    const entry = zone[`${name} ${type}`];
    if (entry === 'silent') return;
    const isThere = Object.keys(zone).some((key) => key.startsWith(`${name} `));
    const head = Buffer.from([0x81, isThere ? 0x80 : 0x83, 0, 1, 0, entry ? 1 : 0, 0, 0, 0, 0]);
    const record = [0xc0, 12, ...message.subarray(end - 4, end), 0, 0, 0, 0, 0, entry?.length ?? 0, ...(entry ?? [])];
    const question = message.subarray(12, end);
    const answer = entry ? Buffer.from(record) : Buffer.alloc(0);
    socket.send(Buffer.concat([message.subarray(0, 2), head, question, answer]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return { asked, server: `127.0.0.1:${socket.address().port}` };
}

async function setUp(zone: Zone, { timeout = 10_000, system }: { timeout?: number; system?: LookUp } = {}) {
  const { asked, server } = await serveNames(zone);
  const folder = await mkdtemp(join(tmpdir(), 'names-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const hostsFile = join(folder, 'hosts');
  await writeFile(hostsFile, '127.0.0.1 localhost\n192.0.2.9\tApi.Example.com  api # other.example.com\n');
  const inSystem: string[] = [];
  const ofSystem: LookUp = (host) => {
    inSystem.push(host);
    return system?.(host) ?? Promise.resolve([{ address: '192.0.2.9', family: 4 }]);
  };
  const newResolver = () => {
    const resolver = new Resolver({ timeout, tries: 1 });
    resolver.setServers([server]);
    return resolver;
  };
  return { asked, inSystem, lookUp: createLookUp({ hostsFile, newResolver, system: ofSystem }) };
}

const failureOf = (found: Promise<unknown>) =>
  found.then(
    () => 'found',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );

const of6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

test('a name has the addresses of both families that DNS says', async () => {
  const { lookUp } = await setUp({
    'both.example.com A': [192, 0, 2, 1],
    'both.example.com AAAA': of6,
    'old.example.com A': [192, 0, 2, 2],
    'new.example.com AAAA': of6,
  });
  const [v4, v6] = [
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ];
  expect(await lookUp('both.example.com')).toEqual(expect.arrayContaining([v4, v6]));
  expect(await lookUp('old.example.com')).toEqual([{ address: '192.0.2.2', family: 4 }]);
  expect(await lookUp('new.example.com')).toEqual([v6]);
});

test('F24 names whose servers never answer hold up no other name, and no thread of the process', async () => {
  const slow = Array.from({ length: 20 }, (_, index) => `n${index}.slow.example.net`);
  const silent = slow.flatMap((name) => [`${name} A`, `${name} AAAA`]).map((key) => [key, 'silent'] as const);
  const { asked, inSystem, lookUp } = await setUp(
    { ...Object.fromEntries(silent), 'fast.example.com A': [192, 0, 2, 1] },
    { timeout: 1000 },
  );
  const hanging = slow.map((name) => failureOf(lookUp(name)));
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(40);
  expect(await lookUp('fast.example.com')).toEqual([{ address: '192.0.2.1', family: 4 }]);
  expect(new Set(await Promise.all(hanging))).toEqual(new Set(['ETIMEOUT']));
  expect(inSystem).toEqual([]);
});

test('this machine’s own names, and those without a dot, are the system’s to know', async () => {
  const { asked, inSystem, lookUp } = await setUp({ 'api.example.com A': [192, 0, 2, 1] });
  for (const name of ['api.example.com', 'localhost', 'kubernetes'])
    expect(await lookUp(name)).toEqual([{ address: '192.0.2.9', family: 4 }]);
  expect([asked, inSystem]).toEqual([[], ['api.example.com', 'localhost', 'kubernetes']]);
});

test('what is behind a # in the machine’s file is no name', async () => {
  const { inSystem, lookUp } = await setUp({ 'other.example.com A': [192, 0, 2, 1] });
  expect(await lookUp('other.example.com')).toEqual([{ address: '192.0.2.1', family: 4 }]);
  expect(inSystem).toEqual([]);
});

test('F24 names that DNS does not have are looked up by the system one at a time, and not beyond measure', async () => {
  const { promise, resolve } = Promise.withResolvers<{ address: string; family: number }[]>();
  const { inSystem, lookUp } = await setUp({}, { system: () => promise });
  const all = Array.from({ length: 101 }, (_, index) => failureOf(lookUp(`kubernetes.n${index}.svc`)));
  const first = await Promise.race(all);
  expect(String(first)).toContain('too many names');
  expect(inSystem).toHaveLength(1);
  resolve([]);
  expect((await Promise.all(all)).filter((outcome) => outcome === 'found')).toHaveLength(100);
});
