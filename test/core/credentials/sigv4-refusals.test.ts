// Signatures that are refused before anyone computes one, as a table.
import { describe, expect, test } from 'vitest';
import { createSigningKeys, deriveSigningKey } from '../../../src/core/credentials/index.ts';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import { accessKeyId, changed, get, headerOf, judge, now, presignedByOracle, signedByOracle } from './oracle.ts';

const inHeader = await signedByOracle({ ...get, headers: { accept: '*/*' } }, { service: 'sts', sessionToken: 'T' });
const inQuery = await presignedByOracle(get, { service: 'sts', sessionToken: 'T' });
const authorization = headerOf(inHeader, 'authorization');

const withAuthorization = (value: string) => changed(inHeader, {}, { authorization: value });
const alter = (from: string | RegExp, to: string) => withAuthorization(authorization.replace(from, to));
const twice = (name: string, value = headerOf(inHeader, name)): HttpRequest => ({
  ...inHeader,
  rawHeaders: [...inHeader.rawHeaders, name.toUpperCase(), value],
});
const query = (from: string | RegExp, to: string): HttpRequest => ({
  ...inQuery,
  query: inQuery.query.replace(from, to),
});
const moreQuery = (more: string, request = inQuery): HttpRequest => ({ ...request, query: `${request.query}${more}` });

test('as they are, both are accepted', () => {
  expect([judge(inHeader), judge(inQuery)]).toEqual(['accepted', 'accepted']);
});

describe('the Authorization header', () => {
  test.each<readonly [string, HttpRequest, string]>([
    ['not there', changed(inHeader, {}, { authorization: undefined }), 'signature-missing'],
    ['empty', withAuthorization(''), 'signature-algorithm-unknown'],
    ['Bearer', withAuthorization('Bearer abc'), 'signature-algorithm-unknown'],
    ['SigV4A', alter('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'), 'signature-algorithm-unknown'],
    ['the algorithm in another case', alter('AWS4-HMAC', 'aws4-hmac'), 'signature-algorithm-unknown'],
    ['SigV2', withAuthorization('AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl'), 'signature-version-2'],
    ['the algorithm alone', withAuthorization('AWS4-HMAC-SHA256'), 'signature-malformed'],
    ['no Credential', alter(/Credential=[^,]+, /, ''), 'signature-malformed'],
    ['no SignedHeaders', alter(/SignedHeaders=[^,]+, /, ''), 'signature-malformed'],
    ['no Signature', alter(/, Signature=.*/, ''), 'signature-malformed'],
    ['A12 Signature twice', alter(/$/, `, Signature=${'0'.repeat(64)}`), 'signature-repeated'],
    ['A12 Credential twice', alter('SignedHeaders', 'Credential=x, SignedHeaders'), 'signature-repeated'],
    ['A12 Credential in place of Signature', alter(/Signature=.*/, 'Credential=x'), 'signature-repeated'],
    ['A12 a name in another case', alter('Credential', 'credential'), 'signature-malformed'],
    ['a name that nobody knows', alter('Credential', 'Kredential'), 'signature-malformed'],
    ['spaces inside', alter('Credential=', 'Credential= '), 'signature-malformed'],
    ['no key id', alter(accessKeyId, ''), 'signature-malformed'],
    ['a scope of four parts', alter('/aws4_request', ''), 'signature-malformed'],
    ['a scope of six parts', alter('/sts/', '/sts/sts/'), 'signature-malformed'],
    ['another end of the scope', alter('aws4_request', 'aws5_request'), 'signature-malformed'],
    ['a day of seven digits', alter('20150830', '2015083'), 'signature-malformed'],
    ['another day than X-Amz-Date', alter('20150830', '20150831'), 'signature-scope-other'],
    ['a signature cut short', alter(/.$/, ''), 'signature-malformed'],
    ['a signature in upper case', alter(/Signature=.*/, `Signature=${'A'.repeat(64)}`), 'signature-malformed'],
    ['a signature of zeroes', alter(/Signature=.*/, `Signature=${'0'.repeat(64)}`), 'signature-mismatch'],
    ['A23 host unsigned', alter('host;', ''), 'signature-header-unsigned'],
    ['A23 x-amz-date unsigned', alter('x-amz-date;', ''), 'signature-header-unsigned'],
    ['A23 the session token unsigned', alter(';x-amz-security-token', ''), 'signature-header-unsigned'],
    ['headers not sorted', alter('accept;host', 'host;accept'), 'signature-malformed'],
    ['a header listed twice', alter('host;', 'host;host;'), 'signature-malformed'],
    ['a header listed in upper case', alter('host;', 'Host;'), 'signature-malformed'],
    ['an empty name in the list', alter('host;', 'host;;'), 'signature-malformed'],
    ['no headers', alter(/SignedHeaders=[^,]+/, 'SignedHeaders=;'), 'signature-malformed'],
    ['a signed header that did not arrive', alter('accept;', 'accept;accept-encoding;'), 'signature-header-absent'],
    ['A21 a megabyte of commas', withAuthorization(`AWS4-HMAC-SHA256 ${','.repeat(1_000_000)}`), 'signature-malformed'],
    ['A21 a megabyte of spaces', withAuthorization(`AWS4-HMAC-SHA256${' '.repeat(1_000_000)}`), 'signature-malformed'],
  ])('%s is refused', (_, request, code) => {
    expect(judge(request)).toBe(code);
  });
});

describe('A12 A25 what must be there once', () => {
  test.each(['authorization', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])(
    'A25 the header %s twice is refused, though both agree',
    (name) => {
      expect(judge(twice(name))).toBe('signature-repeated');
    },
  );

  test.each<readonly [string, HttpRequest, string]>([
    ['a signature in header and query', moreQuery(`&${inQuery.query}`, inHeader), 'signature-repeated'],
    ['one parameter of a signature beside the header', moreQuery('X-Amz-Expires=9', inHeader), 'signature-repeated'],
    ['the session token in header and query', moreQuery('X-Amz-Security-Token=T', inHeader), 'signature-repeated'],
    ['X-Amz-Signature twice', moreQuery(`&X-Amz-Signature=${'0'.repeat(64)}`), 'signature-repeated'],
    ['X-Amz-Credential twice, in another case', moreQuery('&x-amz-credential=x'), 'signature-repeated'],
    ['X-Amz-Date in another case', query('X-Amz-Date', 'x-amz-date'), 'signature-malformed'],
    ['X-Amz-Signature in another case', query('X-Amz-Signature', 'X-Amz-signature'), 'signature-malformed'],
    ['X-Amz-Expires, its name encoded, twice', moreQuery('&X-Amz-Expire%73=1'), 'signature-repeated'],
  ])('A12 %s is refused', (_, request, code) => {
    expect(judge(request)).toBe(code);
  });
});

describe('a presigned URL', () => {
  test.each<readonly [string, HttpRequest, string]>([
    ['without X-Amz-Expires', query(/X-Amz-Expires=\d+&/, ''), 'signature-malformed'],
    ['good for no time', query(/X-Amz-Expires=\d+/, 'X-Amz-Expires=0'), 'signature-malformed'],
    ['good for more than a week', query(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604801'), 'signature-malformed'],
    ['good for a negative time', query(/X-Amz-Expires=\d+/, 'X-Amz-Expires=-1'), 'signature-malformed'],
    ['good for longer than signed', query(/X-Amz-Expires=\d+/, 'X-Amz-Expires=901'), 'signature-mismatch'],
    ['of another algorithm', query('AWS4-HMAC', 'AWS4-ECDSA'), 'signature-algorithm-unknown'],
    ['A23 without its date', query(/X-Amz-Date=[^&]+&/, ''), 'signature-malformed'],
    ['A23 without signature', query(/&X-Amz-Signature=.*/, ''), 'signature-malformed'],
    [
      'A23 that does not sign its host',
      query('SignedHeaders=host', 'SignedHeaders=accept'),
      'signature-header-unsigned',
    ],
    [
      'with an x-amz- header that it does not sign',
      changed(inQuery, {}, { 'x-amz-acl': 'public' }),
      'signature-header-unsigned',
    ],
    [
      'of SigV2',
      { ...inQuery, query: 'AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1&Signature=x' },
      'signature-version-2',
    ],
  ])('%s is refused', (_, request, code) => {
    expect(judge(request)).toBe(code);
  });

  test('its session token may stand in a signed header', async () => {
    const signed = await presignedByOracle(get, { service: 'sts' });
    expect(judge(changed(signed, {}, { 'x-amz-security-token': 'T' }))).toBe('signature-header-unsigned');
  });
});

describe('A24 targets that are read in two ways', () => {
  test.each<readonly [string, HttpRequest]>([
    ['a + in the query', moreQuery('&a=b+c')],
    ['a broken escape in the query', moreQuery('&a=%4')],
    ['an escape of no hexadecimal digits', moreQuery('&a=%zz')],
    ['characters that are no bytes in the query', moreQuery('&a=\u0141')],
    ['characters that are no bytes in the path', { ...inHeader, path: '/\u0141' }],
  ])('A24 %s are refused', (_, request) => {
    expect(judge(request)).toBe('signature-target-ambiguous');
  });

  test('A24 a header value with characters that are no bytes is refused', () => {
    expect(judge(changed(inHeader, {}, { accept: '*/*\u0141' }))).toBe('signature-malformed');
  });

  test('a header value is signed as its bytes', async () => {
    const signed = await signedByOracle({ ...get, headers: { 'x-amz-meta-a': 'é' } }, { service: 's3' });
    const onTheWire = Buffer.from('é').toString('latin1');
    expect(judge(changed(signed, {}, { 'x-amz-meta-a': onTheWire }))).toBe('accepted');
  });
});

describe('F19 times', () => {
  const minute = 60_000;

  test.each([
    [-5 * minute, 'accepted'],
    [-5 * minute - 1, 'signature-time-skewed'],
    [5 * minute, 'accepted'],
    [5 * minute + 1, 'signature-time-skewed'],
    [400 * 24 * 60 * minute, 'signature-time-skewed'],
  ])('F19 a signed request %d ms after its date: %s', (after, code) => {
    expect(judge(inHeader, { now: now + after })).toBe(code);
  });

  test.each([
    [-5 * minute, 'accepted'],
    [-5 * minute - 1, 'signature-time-skewed'],
    [15 * minute, 'accepted'],
    [15 * minute + 1, 'signature-expired'],
  ])('F19 a presigned URL for 900 s, %d ms after its date: %s', (after, code) => {
    expect(judge(inQuery, { now: now + after })).toBe(code);
  });

  test.each([
    '20150830T123600',
    '2015-08-30T12:36:00Z',
    '20151330T123600Z',
    '20150832T000000Z',
    '20150830T250000Z',
    '',
    '0',
  ])('A23 the date ‘%s’ is refused', (date) => {
    expect(judge(changed(inHeader, {}, { 'x-amz-date': date }))).toBe('signature-malformed');
  });

  test('A23 no date is refused', () => {
    expect(judge(changed(inHeader, {}, { 'x-amz-date': undefined }))).toBe('signature-malformed');
  });
});

describe('A23 payload modes', () => {
  const put = { ...get, method: 'PUT', path: '/key', body: 'content' };
  const sent = (hash: string) =>
    signedByOracle({ ...put, headers: { 'x-amz-content-sha256': hash } }, { service: 's3' });

  test.each([
    ['UNSIGNED-PAYLOAD', 'signature-payload-unsigned'],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'signature-payload-streaming'],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'signature-payload-streaming'],
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'signature-payload-streaming'],
    ['unsigned-payload', 'signature-payload-malformed'],
    ['', 'signature-payload-malformed'],
    ['0'.repeat(64), 'signature-payload-other'],
    ['0'.repeat(63), 'signature-payload-malformed'],
  ])('A23 x-amz-content-sha256 ‘%s’, well signed: %s', async (hash, code) => {
    expect(judge(await sent(hash))).toBe(code);
  });

  test('A23 an unsigned body passes where the caller allows it, a wrong signature never', async () => {
    const signed = await sent('UNSIGNED-PAYLOAD');
    expect(judge(signed, { allowUnsignedPayload: true })).toBe('accepted');
    expect(judge({ ...signed, body: Buffer.from('other') }, { allowUnsignedPayload: true })).toBe('accepted');
    expect(judge({ ...signed, path: '/other' }, { allowUnsignedPayload: true })).toBe('signature-mismatch');
    expect(judge(await sent('STREAMING-UNSIGNED-PAYLOAD-TRAILER'), { allowUnsignedPayload: true })).toBe(
      'signature-payload-streaming',
    );
  });

  test('A23 without the header the body’s hash is signed', async () => {
    const post = { ...get, method: 'POST', body: 'Action=GetCallerIdentity&Version=2011-06-15' };
    const presigned = await presignedByOracle(post, { service: 'sts' });
    expect(judge(presigned)).toBe('accepted');
    expect(judge({ ...presigned, body: Buffer.from('Action=Other') })).toBe('signature-mismatch');
  });
});

describe('A10 the memory of signing keys', () => {
  const scope = { date: '20150830', region: 'us-east-1', service: 'iam' };

  test('gives the key that AWS’s documentation derives', () => {
    const key = createSigningKeys(10)('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope);
    expect(key.export().toString('hex')).toBe('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
  });

  test('never gives the key of another tuple, though the parts joined are the same', () => {
    const keys = createSigningKeys(10);
    const pairs = [
      ['secret', { date: '20150830', region: 'eu', service: 'sts' }],
      ['secret2', { date: '0150830', region: 'eu', service: 'sts' }],
      ['secret', { date: '20150830', region: 'eus', service: 'ts' }],
      ['secret","20150830', { date: 'eu', region: 'sts', service: '' }],
    ] as const;
    for (let round = 0; round < 2; round += 1) {
      for (const [secret, of] of pairs) expect(keys(secret, of).equals(deriveSigningKey(secret, of))).toBe(true);
    }
  });

  test('keeps what was used last, and no more than its limit', () => {
    const keys = createSigningKeys(2);
    const first = keys('first', scope);
    keys('second', scope);
    expect(keys('first', scope)).toBe(first);
    keys('third', scope);
    expect(keys('first', scope)).toBe(first);
    keys('fourth', scope);
    keys('fifth', scope);
    expect(keys('first', scope)).not.toBe(first);
    expect(keys('first', scope).equals(first)).toBe(true);
  });
});
