// The worked examples of AWS's documentation, as they stand there.
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../../src/core/wire/index.ts';
import { judge } from './oracle.ts';

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function request(method: string, target: string, headers: Readonly<Record<string, string>>, body = ''): HttpRequest {
  const [path = '', query = ''] = target.split('?');
  const rawHeaders = Object.entries(headers).flat();
  return { method, target, path, query, rawHeaders, body: Buffer.from(body), peer: { address: '', encrypted: true } };
}

/** AWS S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk". */
describe('S3, in the header', () => {
  const s3 = (signedHeaders: string, signature: string, hash = emptyHash) => ({
    Host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': hash,
    Authorization: `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`,
  });
  const usual = 'host;x-amz-content-sha256;x-amz-date';

  test.each<readonly [string, HttpRequest]>([
    [
      'GET Object',
      request('GET', '/test.txt', {
        ...s3(
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
        Range: 'bytes=0-9',
      }),
    ],
    [
      'PUT Object',
      request(
        'PUT',
        '/test$file.text',
        {
          ...s3(
            'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
            '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
            '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
          ),
          Date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        },
        'Welcome to Amazon S3.',
      ),
    ],
    [
      'GET Bucket Lifecycle',
      request('GET', '/?lifecycle', s3(usual, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543')),
    ],
    [
      'GET Bucket (List Objects)',
      request(
        'GET',
        '/?max-keys=2&prefix=J',
        s3(usual, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'),
      ),
    ],
  ])('%s', (_, signed) => {
    const now = Date.UTC(2013, 4, 24);
    const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    expect(judge(signed, { now, secretAccessKey })).toBe('accepted');
  });
});

/** AWS S3 API Reference, "Authenticating Requests: Using Query Parameters". */
test('S3, in the URL', () => {
  const target =
    '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  const signed = request('GET', target, { Host: 'examplebucket.s3.amazonaws.com' });
  const check = { secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', allowUnsignedPayload: true };
  expect(judge(signed, { ...check, now: Date.UTC(2013, 4, 24, 23) })).toBe('accepted');
  expect(judge(signed, { ...check, now: Date.UTC(2013, 4, 25, 0, 0, 1) })).toBe('signature-expired');
});

/** AWS IAM User Guide, "Signature Version 4 signing process" (ListUsers, 30 August 2015). */
test('IAM', () => {
  const signed = request('GET', '/?Action=ListUsers&Version=2010-05-08', {
    Host: 'iam.amazonaws.com',
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
    'X-Amz-Date': '20150830T123600Z',
    Authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  });
  const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  expect(judge(signed, { now: Date.UTC(2015, 7, 30, 12, 36), secretAccessKey })).toBe('accepted');
});
