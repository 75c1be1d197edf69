import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { publicJwk } from '../../../src/core/tokens/index.ts';
import { createKeySource } from '../../../src/features/sts/keys.ts';
import { createFetchDocument, defaultFetchLimits } from '../../../src/io/documents/index.ts';
import { startHost } from '../../io/documents/server.ts';

const loopback = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const limits = { ...defaultFetchLimits, timeoutMs: 20_000, allowsPrivate: true };
const times = { freshMs: 300_000, staleMs: 3_600_000, pauseMs: 60_000 };

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const keySetOf = (keys: Readonly<Record<string, KeyObject>>) =>
  JSON.stringify({ keys: Object.entries(keys).map(([kid, key]) => publicJwk(key, kid, 'ES256')) });

/** An issuer's host, and the source that asks it, with a clock that a test sets. */
async function setUp() {
  const published = { keys: keySetOf({ a: newKey() }), issuer: '', jwksUri: '', status: 200 };
  const seen: string[] = [];
  const host = await startHost((request, response) => {
    seen.push(request.url ?? '');
    response.statusCode = published.status;
    const document = JSON.stringify({ issuer: published.issuer, jwks_uri: published.jwksUri });
    response.end(request.url === '/c1/.well-known/openid-configuration' ? document : published.keys);
  });
  published.issuer = `${host.url}/c1`;
  published.jwksUri = `${host.url}/c1/keys`;
  const clock = { now: 1_000_000_000 };
  const told: string[] = [];
  const source = createKeySource({
    fetchDocument: createFetchDocument(limits, loopback),
    times,
    now: () => clock.now,
    log: (_, message) => told.push(message),
  });
  const issuer = {
    id: 'i1',
    revision: 1,
    url: published.issuer,
    jwks: '',
    settings: { certificateAuthority: host.certificateAuthority },
  };
  const outcomeOf = async (keyId: string | undefined, of = issuer) => {
    const outcome = await source.keysOf(of, keyId);
    return outcome instanceof Refusal ? outcome.code : [...outcome.byId.keys()];
  };
  return { published, seen, clock, told, issuer, source, outcomeOf };
}

describe('the keys of an issuer', () => {
  test('are found through its discovery document, and kept', async () => {
    const { outcomeOf, seen } = await setUp();
    expect(await outcomeOf('a')).toEqual(['a']);
    expect(await outcomeOf('a')).toEqual(['a']);
    expect(seen).toEqual(['/c1/.well-known/openid-configuration', '/c1/keys']);
  });

  test('are fetched once for all who wait for them', async () => {
    const { outcomeOf, seen } = await setUp();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf('a')));
    expect(new Set(outcomes.map(String))).toEqual(new Set(['a']));
    expect(seen).toHaveLength(2);
  });

  test('that were uploaded need no host at all', async () => {
    const { outcomeOf, issuer, seen } = await setUp();
    expect(await outcomeOf('b', { ...issuer, jwks: keySetOf({ b: newKey() }) })).toEqual(['b']);
    expect(seen).toEqual([]);
  });

  test('that were rotated are seen as soon as a token names the new one', async () => {
    const { outcomeOf, published, clock } = await setUp();
    await outcomeOf('a');
    published.keys = keySetOf({ a: newKey(), b: newKey() });
    clock.now += times.pauseMs;
    expect(await outcomeOf('b')).toEqual(['a', 'b']);
  });

  test('F24 are asked for once a minute, however many tokens name keys that do not exist', async () => {
    const { outcomeOf, clock, seen } = await setUp();
    await outcomeOf('a');
    clock.now += times.pauseMs;
    const outcomes = await Promise.all(Array.from({ length: 1000 }, (_, i) => outcomeOf(`made-up-${i}`)));
    expect(new Set(outcomes.map(String))).toEqual(new Set(['a']));
    expect(seen).toHaveLength(4);
  });

  test('F24 go on being used while their host is down, and no longer than they may', async () => {
    const { outcomeOf, published, clock, told } = await setUp();
    await outcomeOf('a');
    published.status = 503;
    clock.now += times.freshMs;
    expect(await outcomeOf('a')).toEqual(['a']);
    await expect.poll(() => told).toEqual(['the keys of an issuer cannot be had']);
    clock.now += times.staleMs - times.freshMs - 1;
    expect(await outcomeOf('a')).toEqual(['a']);
    await expect.poll(() => told).toHaveLength(2);
    clock.now += times.pauseMs;
    expect(await outcomeOf('a')).toBe('issuer-keys-unavailable');
    published.status = 200;
    clock.now += times.pauseMs;
    expect(await outcomeOf('a')).toEqual(['a']);
  });

  test.each([
    ['F22 HTML with status 200', '<html>not found</html>'],
    ['F22 an empty set', '{"keys":[]}'],
    ['F22 a hundred thousand keys', JSON.stringify({ keys: Array.from({ length: 100_000 }, () => ({})) })],
    ['a set with a secret', '{"keys":[{"kty":"oct","k":"AAAA"}]}'],
  ])('%s leave the last good set in force, and are no keys where there is none', async (_, bad) => {
    const { outcomeOf, published, clock, issuer } = await setUp();
    await outcomeOf('a');
    published.keys = bad;
    clock.now += times.pauseMs;
    expect(await outcomeOf('b')).toEqual(['a']);
    expect(await outcomeOf('a', { ...issuer, id: 'i2' })).toBe('issuer-keys-unavailable');
  });

  test('F23 A17 are not taken from an address that a discovery document leads to over plain HTTP', async () => {
    const { source, published, issuer } = await setUp();
    published.jwksUri = 'http://127.0.0.1:1/keys';
    const outcome = await source.keysOf(issuer, 'a');
    expect(outcome).toMatchObject({ code: 'issuer-keys-unavailable' });
    expect(outcome instanceof Refusal && outcome.cause).toContain('its scheme is not https');
  });

  test('A3 are not taken where the discovery document is another issuer’s', async () => {
    const { source, published, issuer } = await setUp();
    published.issuer = `${published.issuer}/`;
    const outcome = await source.keysOf(issuer, 'a');
    expect(outcome instanceof Refusal && outcome.cause).toContain('is that of');
  });

  test('A8 A10 of an earlier registration, or of another account’s, are not those of this one', async () => {
    const { outcomeOf, published, issuer, seen } = await setUp();
    await outcomeOf('a');
    published.keys = keySetOf({ b: newKey() });
    expect(await outcomeOf('a', { ...issuer, revision: 2 })).toEqual(['b']);
    expect(await outcomeOf('a', { ...issuer, id: 'i1,1', revision: 1 })).toEqual(['b']);
    expect(seen).toHaveLength(6);
  });
});

test('A21 of documents that are a megabyte long, the keys are kept in memory and not the documents', async () => {
  setFlagsFromString('--expose-gc');
  const collect = () => {
    runInNewContext('gc()');
    return process.memoryUsage().heapUsed;
  };
  const key = publicJwk(newKey(), 'a-key-of-this-very-cluster', 'ES256');
  const fetchDocument = (url: string) => {
    const unfit = { kty: 'other', kid: url.padEnd(500_000, 'x') };
    const text = JSON.stringify({ keys: [key, unfit], padding: 'x'.repeat(500_000) });
    return Promise.resolve(Buffer.from(text).toString());
  };
  const source = createKeySource({ fetchDocument, times, now: () => 1_000_000_000, log: () => {} });
  const before = collect();
  for (let index = 0; index < 40; index += 1) {
    const url = `https://oidc.example.com/${index}`;
    const issuer = { id: `i${index}`, revision: 1, url, jwks: '', settings: { jwksUrl: url } };
    const keys = await source.keysOf(issuer, key.kid);
    expect('byId' in keys && [...keys.byId.keys()]).toEqual([key.kid]);
  }
  expect((collect() - before) / 1_000_000).toBeLessThan(10);
});
