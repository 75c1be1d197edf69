// Who asked, where proxies stand in between: believed as far as those who tell it are trusted.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ForwardedHeader, originOf, readNetwork } from '../../../src/core/addresses/index.ts';

const networks = ['10.0.0.0/24', '192.0.2.1', '2001:db8:ffff::/48'].map((text) => readNetwork(text) ?? expect.fail());
const from = (address: string, lines: readonly string[], header: ForwardedHeader = 'x-forwarded-for') =>
  originOf({ address, encrypted: false }, { lines, schemes: [] }, { networks, header }).address;

const proxy = '10.0.0.7';

test.each<[string, string, readonly string[], string]>([
  ['a stranger’s word counts for nothing', '203.0.113.9', ['198.51.100.1'], '203.0.113.9'],
  ['nor does a neighbour’s, just outside the network', '10.0.1.0', ['198.51.100.1'], '10.0.1.0'],
  ['nor what is said over no network at all', '', ['198.51.100.1'], ''],
  ['a proxy’s does', proxy, ['198.51.100.1'], '198.51.100.1'],
  ['what the client itself wrote before it does not', proxy, ['1.2.3.4, 127.0.0.1, 198.51.100.1'], '198.51.100.1'],
  ['proxies behind proxies are passed over', proxy, ['1.2.3.4, 198.51.100.1, 192.0.2.1, 10.0.0.9'], '198.51.100.1'],
  ['over several lines, the last line last', proxy, ['1.2.3.4', '198.51.100.1', '10.0.0.9'], '198.51.100.1'],
  ['where only proxies are named, it is the farthest', proxy, ['10.0.0.1,192.0.2.1'], '10.0.0.1'],
  ['without the header it is the proxy', proxy, [], proxy],
  ['an empty one names nobody', proxy, [''], proxy],
  ['nor does a comma', proxy, ['198.51.100.1,'], proxy],
  ['garbage ends the search where it stands', proxy, ['198.51.100.1, garbage, 10.0.0.9'], '10.0.0.9'],
  ['so does a name', proxy, ['client.example.com'], proxy],
  ['so does an octal spelling, which others read otherwise', proxy, ['010.0.0.1'], proxy],
  ['so does a zone', proxy, ['fe80::1%eth0'], proxy],
  ['a proxy known by its IPv6 form of IPv4', '::ffff:10.0.0.7', ['198.51.100.1'], '198.51.100.1'],
  ['a client known by that form is IPv4', proxy, ['::ffff:198.51.100.1'], '198.51.100.1'],
  ['a port is left out', proxy, ['198.51.100.1:4711'], '198.51.100.1'],
  ['IPv6', proxy, ['2001:db8::1'], '2001:db8::1'],
  ['IPv6 in brackets', proxy, ['[2001:db8::1]'], '2001:db8::1'],
  ['IPv6 with a port', proxy, ['[2001:db8::1]:4711'], '2001:db8::1'],
  ['one spelling for one IPv6 client', proxy, ['2001:0DB8:0:0:0:00:0:1'], '2001:db8::1'],
  ['a proxy of an IPv6 network', '2001:db8:ffff::5', ['198.51.100.1, 2001:DB8:FFFF:1::'], '198.51.100.1'],
  ['spaces and tabs', proxy, ['1.2.3.4 ,\t198.51.100.1 \t'], '198.51.100.1'],
])('X-Forwarded-For: %s', (_, peer, lines, expected) => {
  expect(from(peer, lines)).toBe(expected);
});

test.each<[string, readonly string[], string]>([
  ['one element', ['for=198.51.100.1'], '198.51.100.1'],
  ['its parameters in any order and case', ['proto=https;For="198.51.100.1:4711";by=10.0.0.7'], '198.51.100.1'],
  ['RFC 7239, section 4', ['For="[2001:db8:cafe::17]:4711"'], '2001:db8:cafe::17'],
  ['the rightmost that is no proxy’s', ['for=1.2.3.4, for=198.51.100.1;by=192.0.2.1, for=10.0.0.9'], '198.51.100.1'],
  ['several lines', ['for=1.2.3.4', 'for=198.51.100.1'], '198.51.100.1'],
  ['a hidden name', ['for=198.51.100.1, for=_SEVKISEK'], proxy],
  ['unknown', ['for=198.51.100.1, for=unknown'], proxy],
  ['an element that says nothing of whom it is for', ['for=198.51.100.1, proto=https'], proxy],
  ['one that says it twice', ['for=198.51.100.1;for=1.2.3.4'], proxy],
  ['a quotation that a stranger left open', ['for="1.2.3.4, for=198.51.100.1'], '198.51.100.1'],
  ['a quotation around nothing', ['for="'], proxy],
  ['X-Forwarded-For’s form', ['198.51.100.1'], proxy],
])('Forwarded: %s', (_, lines, expected) => {
  expect(from(proxy, lines, 'forwarded')).toBe(expected);
});

const client = '198.51.100.1';

test.each<[string, boolean, readonly string[], boolean]>([
  ['TLS that ended at the proxy', false, ['https'], true],
  ['in any case, with blanks', false, [' HTTPS '], true],
  ['plain HTTP, though the proxy speaks TLS itself', true, ['http'], false],
  ['a scheme that is neither', true, ['wss'], false],
  ['nothing said, over TLS', true, [], true],
  ['nothing said, over plain HTTP', false, [], false],
  ['two proxies of one mind', false, ['https, https'], true],
  ['two of which one heard it over plain HTTP', false, ['https, http'], false],
  ['two lines that differ', false, ['https', 'http'], false],
  ['a header that is empty', true, [''], false],
])('X-Forwarded-Proto: %s', (_, encrypted, schemes, expected) => {
  const proxies = { networks, header: 'x-forwarded-for' } as const;
  expect(originOf({ address: proxy, encrypted }, { lines: [client], schemes }, proxies)).toEqual({
    address: client,
    encrypted: expected,
  });
  // A stranger's word changes nothing, and Forwarded has its own.
  const stranger = { address: client, encrypted };
  expect(originOf(stranger, { lines: ['1.2.3.4'], schemes }, proxies)).toEqual(stranger);
  const other = { networks, header: 'forwarded' } as const;
  expect(originOf({ address: proxy, encrypted }, { lines: [`for=${client}`], schemes }, other)).toEqual(stranger);
});

test.each<[string, string, boolean | 'the peer’s', string?]>([
  ['the client’s own way counts', 'for=198.51.100.1;proto=https, for=10.0.0.9;proto=http', true],
  ['not that between proxies', 'for=198.51.100.1;proto=http, for=10.0.0.9;proto=https', false],
  ['not what the client wrote', 'for=1.2.3.4;proto=https, for=198.51.100.1;proto=http', false],
  ['in any case and quoted', 'Proto="HTTPS";for=198.51.100.1', true],
  ['not said, it is what the peer came over', 'for=198.51.100.1', 'the peer’s'],
  ['said twice it is none', 'for=198.51.100.1;proto=https;proto=https', false],
  ['nor where the two differ', 'for=198.51.100.1;host=a;proto=https;proto=http', false],
  ['not within another value', 'for=198.51.100.1;host="a;proto=https;b"', 'the peer’s'],
  ['nor behind a quotation mark that is none', String.raw`for=198.51.100.1;host="a\";proto=https;b";proto=http`, false],
  ['of a client whose address is hidden', 'for=_gazonk;proto=https', true, proxy],
  ['of one that is unknown', 'for=unknown;proto=http', false, proxy],
])('Forwarded, proto: %s', (_, line, expected, address = client) => {
  const proxies = { networks, header: 'forwarded' } as const;
  for (const encrypted of [true, false]) {
    expect(originOf({ address: proxy, encrypted }, { lines: [line], schemes: ['https'] }, proxies)).toEqual({
      address,
      encrypted: expected === 'the peer’s' ? encrypted : expected,
    });
  }
});

describe('a header of strangers', () => {
  test('A21 as long as one likes takes no longer than its length', () => {
    const proxies = `1.2.3.4, ${'10.0.0.9, '.repeat(100_000)}10.0.0.9`;
    expect(from(proxy, [proxies])).toBe('1.2.3.4');
    expect(
      from(
        proxy,
        Array.from({ length: 10_000 }, () => '10.0.0.9'),
      ),
    ).toBe('10.0.0.9');
    const hostile = ['"\\\\', ';"', '"a";', '[', '[1', '1.', '1.1.1.1:', '"', 'for="', 'for=;', ';', '=', ' ', ','];
    for (const one of hostile) {
      for (const header of ['x-forwarded-for', 'forwarded'] as const) {
        expect(from(proxy, [one.repeat(200_000)], header)).toBe(proxy);
      }
    }
  });

  test('A25 never makes anybody come from elsewhere than the last entry that a proxy wrote', () => {
    const line = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef:.,;="[] for')) });
    fc.assert(
      fc.property(line, fc.ipV4(), (forged, caller) => {
        const isProxy = networks.some(() => from(caller, ['203.0.113.77']) !== caller);
        fc.pre(!isProxy);
        expect(from(proxy, [`${forged}, ${caller}`])).toBe(caller);
        expect(from(proxy, [forged, `for=${caller}`], 'forwarded')).toBe(caller);
        expect(from(caller, [forged])).toBe(caller);
      }),
    );
  });
});
