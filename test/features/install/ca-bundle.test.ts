// What gets into the webhook configuration from --ca-bundle-file: it is read by everyone.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { runInstall } from '../../../tools/chart/chart.ts';
import { image, installed } from './installed.ts';

let folder = '';
let [certificate, key] = ['', ''];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podiam-ca-'));
  const names = { commonName: 'podiam', dnsNames: ['localhost'], ipAddresses: [] };
  const made = await selfSignedServer(names, { now: Date.now(), days: 1 });
  certificate = made.caCertificate;
  key = made.privateKey;
});
afterAll(() => rm(folder, { recursive: true }));

const configurationShape = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ caBundle: z.string() }) })),
});

async function flagsFor(text: string): Promise<readonly string[]> {
  const file = join(folder, 'ca.pem');
  await writeFile(file, text);
  return ['--tls=secret', `--ca-bundle-file=${file}`];
}

async function published(text: string): Promise<readonly string[]> {
  const objects = await installed(...(await flagsFor(text)));
  const { webhooks } = configurationShape.parse(objects.at(-1));
  return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle, 'base64').toString());
}

describe('the caBundle', () => {
  test('is the certificates of the file, without what is written beside them', async () => {
    const other = await readFile('test/charts/ca.pem', 'utf8');
    const all = await published(`# whose it is\nsubject=CN=secret-sounding\n${certificate}\n${other}end\n`);
    for (const text of all) expect(text).toBe(`${certificate.trim()}\n${other.trim()}\n`);
    expect(all).toHaveLength(3);
  });

  const parts = () => certificate.split('\n');
  test.each([
    ['a private key', () => key],
    ['a private key beside a certificate', () => `${certificate}${key}`],
    [
      'a key of another label',
      () => `${certificate}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n`,
    ],
    ['any other file', () => '{"aws_secret_access_key": "hunter2"}'],
    ['nothing', () => ''],
    ['a certificate that is cut off', () => parts().slice(0, 4).join('\n')],
    ['a certificate that is damaged', () => certificate.replace(/^MII/m, 'AAA')],
  ])('is not made of %s, of which nothing is shown', async (_, text) => {
    const { code, errors, output } = await runInstall([image, ...(await flagsFor(text()))]);
    expect(errors).toContain('is not certificates (PEM), or holds more than certificates');
    expect(errors).not.toMatch(/hunter2|BEGIN|MII/);
    expect({ code, output }).toEqual({ code: 2, output: '' });
  });
});
