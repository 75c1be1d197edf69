import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../src/core/addresses/index.ts';

const addresses: readonly (readonly [string, boolean, string])[] = [
  ['8.8.8.8', true, 'a public address'],
  ['9.255.255.255', true, 'right before a private network'],
  ['11.0.0.0', true, 'right behind a private network'],
  ['172.15.255.255', true, 'right before 172.16.0.0/12'],
  ['172.32.0.0', true, 'right behind 172.16.0.0/12'],
  ['2606:4700::1111', true, 'a public address of IPv6'],
  ['::ffff:8.8.8.8', true, 'a public IPv4 address inside IPv6'],
  ['0.0.0.0', false, 'this host, on some systems'],
  ['10.1.2.3', false, 'private'],
  ['100.100.100.200', false, 'shared address space, where a cloud has its metadata service'],
  ['127.0.0.1', false, 'loopback'],
  ['127.255.255.254', false, 'loopback, far from its beginning'],
  ['169.254.169.254', false, 'the metadata service'],
  ['168.63.129.16', false, 'the host of a cloud’s machines'],
  ['168.63.129.17', true, 'right behind it'],
  ['172.31.255.255', false, 'private'],
  ['192.168.0.1', false, 'private'],
  ['198.19.0.1', false, 'benchmarks'],
  ['224.0.0.1', false, 'multicast'],
  ['255.255.255.255', false, 'broadcast'],
  ['::', false, 'unspecified'],
  ['::1', false, 'loopback'],
  ['::ffff:127.0.0.1', false, 'loopback inside IPv6'],
  ['::ffff:169.254.169.254', false, 'the metadata service inside IPv6'],
  ['::127.0.0.1', false, 'the older form of IPv4 inside IPv6'],
  ['64:ff9b::7f00:1', false, 'loopback through NAT64'],
  ['2002:7f00:1::', false, 'loopback through 6to4'],
  ['2001:0:7f00:1::', false, 'Teredo'],
  ['fd00:ec2::254', false, 'the metadata service of IPv6'],
  ['fe80::1', false, 'link-local'],
  ['fe80::1%eth0', false, 'link-local with its zone'],
  ['fec0::1', false, 'site-local'],
  ['ff02::1', false, 'multicast'],
  ['2001:db8::1', false, 'documentation'],
  ['0x7f.1', false, 'another spelling of loopback'],
  ['2130706433', false, 'loopback as one number'],
  ['127.1', false, 'loopback cut short'],
  ['', false, 'nothing'],
];

describe('an address is public', () => {
  test.each(addresses)('A17 %s: %s (%s)', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic);
  });
});
