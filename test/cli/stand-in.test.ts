import { describe, expect, test } from 'vitest';
import type { RunnableCommand } from '../../src/cli/command.ts';
import { vultrVariables } from '../../src/cli/webhook/vultr.ts';
import { dropIn, webhook } from '../../src/cli/webhook.ts';
import { amazons, type Environment, run, settled } from './settled.ts';

interface Line {
  readonly args: readonly string[];
  readonly environment: Environment;
}

const vultrs = {
  profile: ['vultr'],
  tls: 'files',
  namespace: 'irsa-system',
  'service-name': 'irsa-webhook',
  'tls-cert': '/etc/webhook/certs/tls.crt',
  'tls-key': '/etc/webhook/certs/tls.key',
};

describe('which webhook a command line is for', () => {
  const telling = { TLS_CERT_PATH: '/t/tls.crt', TLS_KEY_PATH: '/t/tls.key' };
  const fromTelling = { 'tls-cert': '/t/tls.crt', 'tls-key': '/t/tls.key' };
  test.each<readonly [string, RunnableCommand, Line, Readonly<Record<string, unknown>>]>([
    [
      '/webhook with a flag of Amazon’s is Amazon’s',
      dropIn,
      { args: ['--port=1'], environment: telling },
      { ...amazons, port: 1 },
    ],
    [
      '/webhook with Vultr’s variables is Vultr’s',
      dropIn,
      { args: [], environment: telling },
      { ...vultrs, ...fromTelling },
    ],
    [
      '/webhook with flags of ours alone, and Vultr’s variables, is Vultr’s',
      dropIn,
      { args: ['--on-refusal=deny'], environment: telling },
      { ...vultrs, ...fromTelling, 'on-refusal': 'deny' },
    ],
    ['/webhook with neither is Amazon’s', dropIn, { args: [], environment: { PORT: '1', KUBECONFIG: '/k' } }, amazons],
    [
      'webhook with Vultr’s variables is Vultr’s',
      webhook,
      { args: [], environment: telling },
      { ...vultrs, ...fromTelling },
    ],
    [
      'STS_ENDPOINT alone is enough, and PORT is then read, too',
      webhook,
      {
        args: [],
        environment: {
          STS_ENDPOINT: 'https://sts',
          PORT: '9',
          BIND_ADDR: '127.0.0.1',
          TOKEN_EXPIRATION_SECONDS: '600',
        },
      },
      { ...vultrs, 'sts-endpoint': 'https://sts', port: 9, host: '127.0.0.1', 'token-expiration': 600 },
    ],
    [
      'STS_ENDPOINT beside arguments says nothing',
      webhook,
      { args: ['--port=1'], environment: { STS_ENDPOINT: 'https://sts' } },
      { port: 1 },
    ],
    ['PORT alone says nothing', webhook, { args: [], environment: { PORT: '9', BIND_ADDR: '127.0.0.1' } }, {}],
    ['an empty variable says nothing', webhook, { args: [], environment: { TLS_CERT_PATH: '', STS_ENDPOINT: '' } }, {}],
    [
      'flags of ours go with Vultr’s',
      webhook,
      { args: ['--tls=self'], environment: telling },
      { ...vultrs, ...fromTelling, tls: 'self' },
    ],
    [
      'another profile is ours',
      webhook,
      { args: ['--profile', 'podiam'], environment: telling },
      { profile: ['podiam'] },
    ],
    [
      'another profile by variable is ours',
      webhook,
      { args: [], environment: { ...telling, PODIAM_PROFILE: 'aws' } },
      { profile: ['aws'] },
    ],
    [
      'vultr, asked for outright, has its variables and our defaults',
      webhook,
      { args: ['--profile=vultr'], environment: { PORT: '9' } },
      { profile: ['vultr'], port: 9 },
    ],
    [
      'vultr, asked for outright in its Deployment, has its defaults',
      webhook,
      { args: ['--profile=vultr'], environment: telling },
      { ...vultrs, ...fromTelling },
    ],
    [
      'our variable wins over Vultr’s',
      webhook,
      { args: [], environment: { ...telling, PORT: '9', PODIAM_PORT: '8' } },
      { ...vultrs, ...fromTelling, port: 8 },
    ],
    [
      'a certificate that is named is served',
      webhook,
      { args: ['--tls-cert=/c'], environment: {} },
      { tls: 'files', 'tls-cert': '/c' },
    ],
    [
      'unless another source is asked for',
      webhook,
      { args: ['--tls-cert=/c', '--tls=secret'], environment: {} },
      { tls: 'secret', 'tls-cert': '/c' },
    ],
  ])('%s', async (_, command, { args, environment }, expected) => {
    expect(await settled(command, args, environment)).toEqual(expected);
  });

  test('BIND_ADDR is every address of both families unless set, and so all of 0.0.0.0, too', async () => {
    const { stdout } = await run(webhook, [], { STS_ENDPOINT: 'https://sts', PODIAM_PRINT_CONFIG: 'true' });
    expect(stdout).toMatch(/^host +"::" /m);
  });

  const same = vultrVariables.filter(({ fallback, name }) => fallback !== '' && name !== 'BIND_ADDR');
  test.each(same)('$name is $fallback unless set', async (row) => {
    const values: Readonly<Record<string, unknown>> = await settled(webhook, [], { STS_ENDPOINT: 'https://sts' });
    const environment = { STS_ENDPOINT: 'https://sts', PODIAM_PRINT_CONFIG: 'true' };
    const { stdout } = await run(webhook, [], environment);
    const value = values[row.setting];
    // A default of ours that is the same is not the profile's.
    if (value !== undefined) expect(value).toBe(row.fallback);
    else if (row.setting !== 'token-expiration')
      expect(stdout).toMatch(new RegExp(`^${row.setting} +"?${row.fallback}"? `, 'm'));
  });

  test('a wrong variable is named as Vultr names it', async () => {
    const { code, stderr } = await run(webhook, [], { ...telling, PORT: 'https' });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('PORT is ‘https’, which is no') });
  });
});
