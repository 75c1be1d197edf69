// SigV4 with the AWS SDK's own signer as the oracle, over requests of every odd kind.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSigningKeys, signRequest } from '../../../src/core/credentials/index.ts';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import {
  accessKeyId,
  arrived,
  changed,
  encodeUri,
  headerOf,
  judge,
  now,
  type Outgoing,
  presignedByOracle,
  region,
  secretAccessKey,
  signedByOracle,
} from './oracle.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const segment = fc.oneof(
  text,
  fc.constantFrom('a b', '..', '.', '', 'ä€😀', 'a/b', '%41', "(')*!", ':@=+&$,;~', '\\', '#'),
);
const path = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.map(encodeUri).join('/')}`);
const plainPath = fc
  .array(fc.constantFrom('a', 'b-c', 'x:y', '@', "it's", 'a=b', ',', '', '.', '..', '$&!*()'), { maxLength: 5 })
  .map((segments) => `/${segments.join('/')}`);
const parameterName = fc
  .oneof(text, fc.constantFrom('a', 'a-', 'a b', 'A', 'ä', 'list-type', '~', '%', '+', 'a=b'))
  .filter((name) => name !== '' && name !== '__proto__' && !name.toLowerCase().startsWith('x-amz-'));
const query = fc.dictionary(parameterName, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), {
  maxKeys: 5,
});
const headerName = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
  .filter(
    (name) =>
      !/^(host|authorization|x-amz-|sec-|proxy-|connection|expect|from|pragma|referer|te|trailer|upgrade|user-agent|date|cache-control)/.test(
        name,
      ),
  );
const headerValue = fc.stringMatching(/^[\t -~]{0,20}$/);
const headers = fc.dictionary(headerName, headerValue, { maxKeys: 4 });
const outgoing: fc.Arbitrary<Outgoing> = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH'),
  path: fc.oneof(path, plainPath),
  query,
  headers,
  body: fc.oneof(fc.constant(''), text),
});
const service = fc.constantFrom('s3', 'sts', 'compute', 'execute-api');
/** A key of S3 is sent in one spelling by every SDK; other services' paths may come in any. */
const keyed = (request: Outgoing, name: string): Outgoing =>
  name === 's3' ? { ...request, path: decodeURIComponent(request.path).split('/').map(encodeUri).join('/') } : request;

const decodable = (request: Outgoing) => {
  try {
    decodeURIComponent(request.path);
    return true;
  } catch {
    return false;
  }
};

describe('whatever the SDK signs is accepted', () => {
  test('in the Authorization header', async () => {
    await fc.assert(
      fc.asyncProperty(
        outgoing.filter(decodable),
        service,
        fc.option(fc.constant('T0.k/en+=')),
        async (request, name, token) => {
          const circumstances = { service: name, ...(token !== null && { sessionToken: token }) };
          expect(judge(await signedByOracle(keyed(request, name), circumstances))).toBe('accepted');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('in the URL', async () => {
    const other = fc.constantFrom('sts', 'compute');
    await fc.assert(
      fc.asyncProperty(outgoing, other, fc.option(fc.constant('T0.k/en+=')), async (request, name, token) => {
        const circumstances = { service: name, ...(token !== null && { sessionToken: token }) };
        expect(judge(await presignedByOracle(request, circumstances))).toBe('accepted');
      }),
      { numRuns: 300 },
    );
  });

  test('in the URL for S3, where the body goes unsigned', async () => {
    const unsigned = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    await fc.assert(
      fc.asyncProperty(outgoing.filter(decodable), async (request) => {
        const put = keyed({ ...request, headers: { ...request.headers, ...unsigned } }, 's3');
        const presigned = await presignedByOracle(put, { service: 's3' });
        expect(judge(presigned, { allowUnsignedPayload: true })).toBe('accepted');
        expect(judge(presigned)).toBe('signature-payload-unsigned');
      }),
      { numRuns: 100 },
    );
  });

  test('with header names in any case, in any order, and a repeated header in its parts', async () => {
    const request: Outgoing = { method: 'GET', path: '/', query: {}, headers: { accept: 'a/b,c/d' }, body: '' };
    const signed = await signedByOracle(request, { service: 'sts' });
    const pairs: string[][] = [];
    for (let i = 0; i < signed.rawHeaders.length; i += 2) pairs.push(signed.rawHeaders.slice(i, i + 2));
    const rest = pairs
      .filter(([name]) => name !== 'accept')
      .map(([name = '', value = '']) => [name.toUpperCase(), value]);
    const split = [...rest.toReversed(), ['Accept', '  a/b\t'], ['ACCEPT', 'c/d ']];
    expect(judge({ ...signed, rawHeaders: split.flat() })).toBe('accepted');
    const swapped = [...rest, ['Accept', 'c/d'], ['ACCEPT', 'a/b']];
    expect(judge({ ...signed, rawHeaders: swapped.flat() })).toBe('signature-mismatch');
  });
});

describe('what signRequest signs', () => {
  test('is what the SDK signs, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(outgoing.filter(decodable), service, async (request, name) => {
        const sent = keyed(request, name);
        const oracle = await signedByOracle(sent, { service: name, sessionToken: 'token' });
        const unsigned = changed(
          oracle,
          {},
          {
            authorization: undefined,
            'x-amz-date': undefined,
            'x-amz-content-sha256': undefined,
            'x-amz-security-token': undefined,
          },
        );
        const added = signRequest(unsigned, {
          accessKeyId,
          secretAccessKey,
          sessionToken: 'token',
          region,
          service: name,
          now,
          signingKeys: createSigningKeys(1),
        });
        expect(added).toMatchObject({ authorization: headerOf(oracle, 'authorization') });
      }),
      { numRuns: 200 },
    );
  });
});

describe('A23 whatever is changed on the way is refused', () => {
  const request: Outgoing = {
    method: 'POST',
    path: '/v1/things/a%20b',
    query: { Action: 'Get', page: '2' },
    headers: { 'content-type': 'application/json', 'x-amz-meta-a': 'b' },
    body: '{"a":1}',
  };

  const changes: readonly (readonly [string, (signed: HttpRequest) => HttpRequest])[] = [
    ['the method', (signed) => ({ ...signed, method: 'PUT' })],
    ['the path', (signed) => ({ ...signed, path: '/v1/things/a%20c' })],
    ['the path’s case', (signed) => ({ ...signed, path: '/V1/things/a%20b' })],
    ['a slash at the end', (signed) => ({ ...signed, path: `${signed.path}/` })],
    ['a parameter’s value', (signed) => ({ ...signed, query: signed.query.replace('page=2', 'page=3') })],
    ['a parameter more', (signed) => ({ ...signed, query: `${signed.query}&admin=true` })],
    ['a parameter twice', (signed) => ({ ...signed, query: `${signed.query}&page=2` })],
    ['the body', (signed) => ({ ...signed, body: Buffer.from('{"a":2}') })],
    ['the host', (signed) => changed(signed, {}, { host: 'evil.example.com' })],
    ['a signed header', (signed) => changed(signed, {}, { 'content-type': 'text/plain' })],
    ['a metadata header', (signed) => changed(signed, {}, { 'x-amz-meta-a': 'c' })],
    ['one more metadata header', (signed) => changed(signed, {}, { 'x-amz-meta-b': 'c' })],
    ['a signed header gone', (signed) => changed(signed, {}, { 'content-type': undefined })],
  ];

  test.each(changes)('A23 %s, in a request signed in its header', async (_, change) => {
    const signed = await signedByOracle(request, { service: 'compute' });
    expect(judge(signed)).toBe('accepted');
    expect(judge(change(signed))).toMatch(/^signature-/);
  });

  test.each(changes.filter(([name]) => !name.includes('metadata')))('A23 %s, in a presigned URL', async (_, change) => {
    const signed = await presignedByOracle(request, { service: 'compute' });
    expect(judge(signed)).toBe('accepted');
    expect(judge(change(signed))).toMatch(/^signature-/);
  });

  test('A23 a signature with another secret, for another region, day or service', async () => {
    const signed = await signedByOracle(request, { service: 'compute' });
    expect(judge(signed, { secretAccessKey: 'another' })).toBe('signature-mismatch');
    const authorization = headerOf(signed, 'authorization');
    const regional = authorization.replace(region, 'eu-central-2');
    const service = authorization.replace('/compute/', '/sts/');
    expect(judge(changed(signed, {}, { authorization: regional }))).toBe('signature-mismatch');
    expect(judge(changed(signed, {}, { authorization: service }))).toBe('signature-mismatch');
  });
});

test('arrived requests keep what the oracle made of them', () => {
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname: 'h',
    path: '/',
    headers: { a: 'b' },
    query: { c: ['d', 'e'] },
  };
  expect(arrived(request)).toMatchObject({ target: '/?c=d&c=e', query: 'c=d&c=e', rawHeaders: ['a', 'b'] });
});
