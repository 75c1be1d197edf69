// The chart takes and refuses the values that `podiam install` takes and refuses: its patterns beside the command.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runInstall } from '../../tools/chart/chart.ts';

const patternShape = z.object({ pattern: z.string(), not: z.object({ pattern: z.string() }).optional() });
const schemaShape = z.object({
  properties: z.looseObject({
    injection: z.object({ properties: z.record(z.string(), z.unknown()) }),
    caBundle: patternShape,
    apiServerCidr: z.object({ items: patternShape }),
  }),
});
const { properties } = schemaShape.parse(JSON.parse(readFileSync('charts/podiam/values.schema.json', 'utf8')));

function takes(shape: unknown, value: string): boolean {
  const { not, pattern } = patternShape.parse(shape);
  return new RegExp(pattern).test(value) && !(not !== undefined && new RegExp(not.pattern).test(value));
}

const basics = ['--image=registry.example.com/podiam:0.1.0', '--profile=aws'];

describe.each([
  ['region', ['eu-central-1', 'bad region!', 'a'.repeat(65)]],
  ['annotation-prefix', ['example.com', 'Example.com', '-a']],
  ['token-mount-path', ['/var/run/x', 'var', '/a/../b', '/a/..', '/a:b', '/..a']],
  ['token-path', ['token', '.token', 'a/b', '/a', '..', '../a', 'a/../b', 'a/..', '..a', 'a:b']],
  ['volume-name', ['a-b', 'A', 'a.b', 'a'.repeat(60)]],
  ['sts-endpoint', ['https://sts.example.com/a?b', 'https://sts.example.com/a', 'ftp://a', 'https://a b']],
  ['role-account', ['111122223333', '1']],
  ['role-partition', ['aws', 'aws-cn', 'gcp', 'aws cn']],
] as const)('injection.%s', (setting, values) => {
  test.each(values)('%s', async (value) => {
    const { code } = await runInstall([...basics, `--${setting}=${value}`]);
    expect(takes(properties.injection.properties[setting], value)).toBe(code === 0);
  });
});

test.each([
  '10.0.0.0/8',
  '0.0.0.0/0',
  '255.255.255.255/32',
  'fd00::/8',
  '::/0',
  '2001:db8:1:2:3:4:5:6/128',
  '999.1.1.1/99',
  '10.0.0.0/33',
  '010.0.0.0/8',
  'fd00::/129',
  '10.0.0.0',
  'ten/8',
])('apiServerCidr %s', async (value) => {
  const { code } = await runInstall([...basics, '--network-policy', `--api-server-cidr=${value}`]);
  expect(takes(properties.apiServerCidr.items, value)).toBe(code === 0);
});

describe('caBundle', () => {
  const certificate = readFileSync('test/charts/ca.pem', 'utf8');

  test('may be certificates', () => {
    for (const text of ['', certificate, certificate + certificate, `${certificate}\n\n`]) {
      expect(takes(properties.caBundle, text)).toBe(true);
    }
  });

  test('may be nothing else, and hold nothing else', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    for (const text of [key, certificate + key, key + certificate, 'secret', `${certificate}secret`]) {
      expect(takes(properties.caBundle, text)).toBe(false);
    }
  });
});
