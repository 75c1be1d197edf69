import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { amazonFlags } from '../../src/cli/amazon/flags.ts';
import { inject } from '../../src/cli/inject.ts';
import { version } from '../../src/cli/version.ts';
import { dropIn, webhook } from '../../src/cli/webhook.ts';
import { renderAmazon, renderVultr } from '../../tools/docs/incumbents.ts';
import { amazons, run, settled } from './settled.ts';

const folder = mkdtempSync(join(tmpdir(), 'podiam-drop-in-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the image’s /webhook, by Amazon’s command line', () => {
  test.each<readonly [string, readonly string[], Readonly<Record<string, unknown>>]>([
    ['nothing at all', [], {}],
    [
      'the Deployment of Amazon’s repository',
      [
        '--in-cluster=false',
        '--namespace=default',
        '--service-name=pod-identity-webhook',
        '--annotation-prefix=eks.amazonaws.com',
        '--token-audience=sts.amazonaws.com',
        '--logtostderr',
      ],
      {
        tls: 'files',
        namespace: 'default',
        'annotation-prefix': 'eks.amazonaws.com',
        'token-audience': 'sts.amazonaws.com',
      },
    ],
    [
      'the widest-spread chart’s',
      [
        '--in-cluster=false',
        '--annotation-prefix=eks.amazonaws.com',
        '--token-audience=sts.amazonaws.com',
        '--sts-regional-endpoint=true',
        '--port=8443',
        '--metrics-port=9443',
        '--aws-default-region=',
        '--logtostderr',
        '--watch-config-map',
        '-v=4',
      ],
      {
        tls: 'files',
        port: 8443,
        'metrics-port': 9443,
        'annotation-prefix': 'eks.amazonaws.com',
        'token-audience': 'sts.amazonaws.com',
        'sts-regional-endpoint': true,
        'watch-config-map': true,
        'log-level': 'debug',
      },
    ],
    [
      'certificates from the cluster',
      ['--in-cluster', '--namespace=kube-system', '--tls-secret=webhook-tls-cert'],
      { tls: 'self', namespace: 'kube-system', 'tls-secret': 'webhook-tls-cert' },
    ],
    [
      'outside a cluster',
      ['--in-cluster=false', '--kubeconfig', '/k', '--kube-api', 'https://api:6443', '--tls-cert=/c', '--tls-key=/p'],
      { tls: 'files', kubeconfig: '/k', 'api-server': 'https://api:6443', 'tls-cert': '/c', 'tls-key': '/p' },
    ],
    [
      'the token',
      ['--token-expiration=-1', '--token-mount-path=/var/run/x', '--aws-default-region=eu-central-1'],
      { 'token-expiration': 0, 'token-mount-path': '/var/run/x', region: 'eu-central-1' },
    ],
    [
      'container credentials',
      [
        '--watch-container-credentials-config=/f',
        '--container-credentials-audience=a',
        '--container-credentials-token-mount-path=/m',
        '--container-credentials-token-volume-name=v',
        '--container-credentials-token-path=p',
        '--container-credentials-full-uri=http://u',
      ],
      {
        'watch-container-credentials-config': '/f',
        'container-credentials-audience': 'a',
        'container-credentials-token-mount-path': '/m',
        'container-credentials-token-volume-name': 'v',
        'container-credentials-token-path': 'p',
        'container-credentials-full-uri': 'http://u',
      },
    ],
    [
      'composed ARNs, with the account',
      ['--compose-role-arn', '--role-account=123456789012', '--role-partition=aws-cn'],
      { 'role-account': '123456789012', 'role-partition': 'aws-cn' },
    ],
    ['no composed ARNs', ['--compose-role-arn=false'], {}],
    ['a patience', ['--service-account-lookup-grace-period=1.5s'], { 'lookup-milliseconds': 1500 }],
    ['a patience beyond all measure', ['--service-account-lookup-grace-period=3h'], { 'lookup-milliseconds': 60_000 }],
    [
      'what is set outright wins',
      ['--in-cluster=false', '--tls=secret', '-v=9', '--log-level=warn', '--host=1.2.3.4'],
      {
        tls: 'secret',
        'log-level': 'warn',
        host: '1.2.3.4',
      },
    ],
  ])('%s', async (_, args, expected) => {
    expect(await settled(dropIn, args)).toEqual({ ...amazons, ...expected });
  });

  test('our variables and a configuration file count, over Amazon’s defaults and under the flags', async () => {
    const file = join(folder, 'podiam.yaml');
    writeFileSync(file, 'port: 1111\nmetrics-port: 2222\nnamespace: filed\n');
    const environment = { PODIAM_PORT: '3333', PODIAM_NAMESPACE: 'spoken', PODIAM_CONFIG: file };
    const values = await settled(dropIn, ['--namespace=flagged'], environment);
    expect(values).toEqual({ ...amazons, port: 3333, 'metrics-port': 2222, namespace: 'flagged' });
  });

  test('Amazon’s defaults are those of its flags, and ours where it has none', async () => {
    const values: Readonly<Record<string, unknown>> = await settled(dropIn, ['--in-cluster=true']);
    for (const { effect, fallback } of amazonFlags) {
      if (typeof effect === 'string' || !('setting' in effect)) continue;
      const value = values[effect.setting];
      if (value !== undefined) expect(JSON.stringify(value).replaceAll('"', '')).toBe(fallback);
    }
    expect(values).toMatchObject({ tls: 'self' });
  });
});

describe('what is missing or wrong ends with exit code 2', () => {
  test.each<readonly [readonly string[], string]>([
    [
      ['--compose-role-arn'],
      '--compose-role-arn says nothing without the setting role-account. Give --role-account or PODIAM_ROLE_ACCOUNT',
    ],
    [['--prt=8443'], 'There is no flag --prt. Did you mean --port?'],
    [['--port=70000'], '--port is ‘70000’, which is no whole number from 0 to 65535.'],
    [['--token-expiration=x'], '--token-expiration is ‘x’, which is no whole number.'],
    [['--kubeconfig'], 'The flag --kubeconfig has no value.'],
  ])('%j', async (args, sentence) => {
    const { code, stderr } = await run(dropIn, args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(sentence) });
  });

  test('an account from a variable is enough for composed ARNs', async () => {
    const environment = { PODIAM_ROLE_ACCOUNT: '123456789012' };
    expect(await settled(dropIn, ['--compose-role-arn'], environment)).toMatchObject({
      'role-account': '123456789012',
    });
  });

  test('the version is Podiam’s', async () => {
    expect(await run(dropIn, ['--in-cluster=false', '--version'])).toEqual({
      code: 0,
      stdout: `${version()}\n`,
      stderr: '',
    });
  });

  test('the help shows Amazon’s names among ours', async () => {
    const { code, stdout } = await run(dropIn, ['-h']);
    expect(code).toBe(0);
    for (const name of ['--annotation-prefix', '--tls-cert', '--log-level']) expect(stdout).toContain(name);
  });
});

describe('our own commands under the aws profile', () => {
  test('webhook takes Amazon’s names, single dashes and klog’s flags', async () => {
    const args = ['-profile=aws', '-port', '0x20fb', '--logtostderr', '-v=4', '--kube-api=https://a', '-in-cluster=T'];
    expect(await settled(webhook, args)).toEqual({
      profile: ['aws'],
      port: 8443,
      'log-level': 'debug',
      'api-server': 'https://a',
      'in-cluster': true,
    });
  });

  test('inject takes the whole of a Deployment’s arguments, and says what has no effect', async () => {
    const file = join(folder, 'pod.yaml');
    writeFileSync(file, 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a}]}\n');
    const args = ['--profile', 'aws', '-f', file, '--in-cluster=false', '--logtostderr', '--aws-default-region=x'];
    const { code, stderr } = await run(inject, args);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'note: without effect here: --in-cluster=false --logtostderr\n',
    });
    expect(await settled(inject, args)).toMatchObject({ region: 'x' });
    expect((await run(inject, ['--profile', 'podiam', ...args.slice(2)])).code).toBe(2);
    expect((await run(inject, [...args, '--compose-role-arn'])).code).toBe(2);
  });
});

describe('the pages for those who come from another webhook', () => {
  test.each([
    ['docs/coming-from-amazon.md', renderAmazon],
    ['docs/coming-from-vultr.md', renderVultr],
  ])('%s has the table of what is read (npm run docs writes it)', (path, render) => {
    const page = readFileSync(path, 'utf8');
    expect(render(page)).toBe(page);
  });

  test('every flag of Amazon’s webhook v0.6 is in it', () => {
    const names = `port metrics-port kubeconfig kube-api tls-key tls-cert in-cluster service-name namespace tls-secret
      annotation-prefix token-audience token-mount-path token-expiration aws-default-region sts-regional-endpoint
      watch-config-map compose-role-arn watch-container-credentials-config container-credentials-audience
      container-credentials-token-mount-path container-credentials-token-volume-name container-credentials-token-path
      container-credentials-full-uri version enable-debugging-handlers service-account-lookup-grace-period`;
    expect(amazonFlags.map(({ name }) => name).sort()).toEqual(names.split(/\s+/).sort());
  });
});
