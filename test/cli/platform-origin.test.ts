// The settings for load balancers in front, as a listener looks at requests with them.
import { expect, test } from 'vitest';
import { originOfRequests } from '../../src/cli/platform/listener.ts';

const rawHeaders = ['X-Forwarded-For', '198.51.100.1', 'X-Forwarded-Proto', 'https', 'Forwarded', 'for=203.0.113.5'];
const peer = { address: '10.0.0.7', encrypted: false };
const head = { method: 'POST', target: '/', path: '/', query: '', rawHeaders, peer };

test.each([
  ['x-forwarded-for', false, { address: '198.51.100.1', encrypted: false }],
  ['x-forwarded-for', true, { address: '198.51.100.1', encrypted: true }],
  ['forwarded', true, { address: '203.0.113.5', encrypted: false }],
] as const)('A25 with %s, X-Forwarded-Proto is believed only where it is said that proxies write it: %s', (...row) => {
  const [header, isWritten, expected] = row;
  const settings = { 'trusted-proxies': '10.0.0.0/24', 'forwarded-header': header, 'forwarded-proto': isWritten };
  expect(originOfRequests(settings)?.(head)).toEqual(expected);
});

test('without proxies nothing is believed', () => {
  const settings = {
    'trusted-proxies': undefined,
    'forwarded-header': 'x-forwarded-for',
    'forwarded-proto': true,
  } as const;
  expect(originOfRequests(settings)).toBeUndefined();
});
