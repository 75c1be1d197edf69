import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type KubeconfigOptions, loadKubeconfig, resourcePath } from '../../../src/io/kubernetes/index.ts';
import { apiServer, certificates, clientOf, closeAll, folder, refusalOf, tlsFiles } from './surroundings.ts';

afterEach(closeAll);

const namespaces = resourcePath({ version: 'v1', resource: 'namespaces' });
const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

function configOf({ cluster = {}, user = {}, context = {} }: Parts): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...context } }],
  });
}

const load = (parts: Parts, options?: KubeconfigOptions) =>
  loadKubeconfig({ path: '/home/me/.kube/config', text: configOf(parts) }, options);

const explained = async (asked: Promise<unknown>) => String(await asked.catch((error: unknown) => error));

describe('a connection', () => {
  test('with token, authority and names; the namespace is the context’s', async () => {
    const server = await certificates();
    const ca = base64(server.caCertificate);
    const cluster = {
      server: 'https://[::1]:8443/k8s/clusters/c-1/',
      'certificate-authority-data': ca,
      'tls-server-name': 'kubernetes.default.svc',
    };
    const connection = await load({ cluster, user: { token: 'secret' }, context: { namespace: 'shop' } });
    expect(connection.server).toEqual({ secure: true, host: '::1', port: 8443, basePath: '/k8s/clusters/c-1' });
    expect(connection.namespace).toBe('shop');
    expect(await connection.credentials('kept')).toEqual({
      authorization: 'Bearer secret',
      tls: {
        ca: server.caCertificate,
        cert: undefined,
        key: undefined,
        servername: 'kubernetes.default.svc',
        verifies: true,
      },
    });
  });

  test('reaches the server by the name that the certificate carries', async () => {
    const server = await certificates();
    const api = await apiServer({ tls: tlsFiles(server), tokens: ['secret'] });
    const cluster = {
      server: `https://localhost:${api.port}/`,
      'certificate-authority-data': base64(server.caCertificate),
    };
    const user = { token: 'secret' };
    const wrongName = clientOf(await load({ cluster, user }));
    expect(await refusalOf(wrongName.list(namespaces))).toBe('kubernetes-unreachable');
    const named = clientOf(await load({ cluster: { ...cluster, 'tls-server-name': 'kubernetes.default.svc' }, user }));
    expect(await named.list(namespaces)).toMatchObject({ items: [] });
  });

  test('with a client certificate, from data and from files beside the kubeconfig', async () => {
    const server = await certificates();
    const mine = await certificates();
    const { fingerprint256 } = new X509Certificate(mine.certificate);
    const api = await apiServer({ tls: tlsFiles(server), clientCertificates: [fingerprint256] });
    const cluster = { server: api.url, 'certificate-authority-data': base64(server.caCertificate) };
    const data = { 'client-certificate-data': base64(mine.certificate), 'client-key-data': base64(mine.privateKey) };
    expect(await clientOf(await load({ cluster, user: data })).list(namespaces)).toMatchObject({ items: [] });
    const files = { 'client-certificate': 'me.crt', 'client-key': 'keys/me.key' };
    const home = await folder({ 'me.crt': mine.certificate, 'ca.crt': server.caCertificate });
    await mkdir(join(home, 'keys'));
    await writeFile(join(home, 'keys/me.key'), mine.privateKey);
    const text = configOf({ cluster: { server: api.url, 'certificate-authority': 'ca.crt' }, user: files });
    await writeFile(join(home, 'config'), text);
    const client = clientOf(await loadKubeconfig([join(home, 'config')]));
    expect(await client.list(namespaces)).toMatchObject({ items: [] });
    const nobody = clientOf(await load({ cluster }));
    expect(await nobody.list(namespaces).catch((error: unknown) => error)).toMatchObject({ code: 401 });
  });

  test('insecure-skip-tls-verify takes any certificate', async () => {
    const api = await apiServer({ tls: tlsFiles(await certificates()) });
    const strict = clientOf(await load({ cluster: { server: api.url } }));
    expect(await refusalOf(strict.list(namespaces))).toBe('kubernetes-unreachable');
    const lax = clientOf(await load({ cluster: { server: api.url, 'insecure-skip-tls-verify': true } }));
    expect(await lax.list(namespaces)).toMatchObject({ items: [] });
  });

  test('a tokenFile stands before a token, and is read again', async () => {
    const home = await folder({ token: 'from-file-1\n' });
    const user = { tokenFile: join(home, 'token'), token: 'written' };
    const { credentials } = await load({ user }, { rereadMs: 0 });
    expect(await credentials('kept')).toMatchObject({ authorization: 'Bearer from-file-1' });
    await writeFile(join(home, 'token'), 'from-file-2');
    expect(await credentials('kept')).toMatchObject({ authorization: 'Bearer from-file-2' });
  });

  test('plain HTTP, as of kubectl proxy, is taken where no credential would cross it', async () => {
    const api = await apiServer();
    const client = clientOf(await load({ cluster: { server: api.url } }));
    expect(await client.list(namespaces)).toMatchObject({ items: [] });
  });
});

describe('several files merge as kubectl merges them', () => {
  const file = (current: string, server: string, names: readonly string[]) =>
    JSON.stringify({
      'current-context': current,
      clusters: names.map((name) => ({ name, cluster: { server } })),
      contexts: names.map((name) => ({ name, context: { cluster: name } })),
    });

  test('the first to name something decides it; files that are missing are passed over', async () => {
    const home = await folder({
      one: file('', 'https://one', ['a']),
      two: file('b', 'https://two', ['a', 'b']),
      three: file('a', 'https://three', ['b', 'c']),
    });
    const paths = ['one', 'absent', 'two', 'three'].map((name) => join(home, name));
    const hostOf = async (context?: string) => (await loadKubeconfig(paths, { context })).server.host;
    expect(await Promise.all([hostOf(), hostOf('a'), hostOf('b'), hostOf('c')])).toEqual([
      'two',
      'one',
      'two',
      'three',
    ]);
  });

  test('none at all is said', async () => {
    expect(await refusalOf(loadKubeconfig(['/nowhere/a', '/nowhere/b']))).toBe('kubeconfig-missing');
  });
});

describe('a credential plugin', () => {
  /** A plugin that counts its runs and prints what the template makes of them. */
  async function plugin(output: string, extra: object = {}) {
    const home = await folder();
    const script = `#!/bin/sh\nprintf x >> "${home}/runs"\nn=$(wc -c < "${home}/runs")\n${output}\n`;
    await writeFile(join(home, 'login'), script);
    await chmod(join(home, 'login'), 0o755);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: './login',
      interactiveMode: 'IfAvailable',
      ...extra,
    };
    const runs = async () => (await readFile(join(home, 'runs'), 'utf8')).length;
    const text = (cluster: object = {}) => configOf({ cluster, user: { exec } });
    const loaded = (options: KubeconfigOptions = {}) =>
      loadKubeconfig(
        { path: join(home, 'config'), text: text() },
        { environment: { PATH: process.env['PATH'] }, ...options },
      );
    return { home, runs, text, load: loaded };
  }

  const credential = (status: string, version = 'v1') =>
    `echo '{"apiVersion":"client.authentication.k8s.io/${version}","kind":"ExecCredential","status":'"${status}"'}'`;
  const counted = `{\\"token\\":\\"t$n\\",\\"expirationTimestamp\\":\\"2026-01-01T00:10:00Z\\"}`;
  const start = Date.parse('2026-01-01T00:00:00Z');

  test.each(['v1', 'v1beta1'])(
    '%s: its credential is kept until it expires, and many share one run',
    async (version) => {
      const apiVersion = `client.authentication.k8s.io/${version}`;
      const { load, runs } = await plugin(credential(counted, version), { apiVersion });
      let now = start;
      const { credentials } = await load({ now: () => now });
      const together = await Promise.all([credentials('kept'), credentials('kept'), credentials('kept')]);
      expect(together.map(({ authorization }) => authorization)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
      now += 599_000;
      expect(await credentials('kept')).toMatchObject({ authorization: 'Bearer t1' });
      now += 1000;
      expect(await credentials('kept')).toMatchObject({ authorization: 'Bearer t2' });
      expect(await runs()).toBe(2);
    },
  );

  test('F3 a credential that the server refuses is asked for anew, but not at each request', async () => {
    const server = await certificates();
    const { home, runs, text } = await plugin(credential('{\\"token\\":\\"t$n\\"}'));
    const api = await apiServer({ tls: tlsFiles(server), tokens: ['t1'] });
    const cluster = { server: api.url, 'certificate-authority-data': base64(server.caCertificate) };
    let now = start;
    const environment = { PATH: process.env['PATH'] };
    const source = { path: join(home, 'config'), text: text(cluster) };
    const client = clientOf(await loadKubeconfig(source, { environment, now: () => now }));
    await client.list(namespaces);
    api.tokens = new Set(['t2']);
    now += 60_000;
    await client.list(namespaces);
    api.tokens = new Set(['none']);
    for (let i = 0; i < 5; i++) {
      expect(await client.list(namespaces).catch((error: unknown) => error)).toMatchObject({ code: 401 });
    }
    expect(await runs()).toBe(2);
  });

  test('gets its arguments, the process’s environment and the kubeconfig’s, and no standard input', async () => {
    const output = `cat; ${credential('{\\"token\\":\\"$1.$OWN.$GIVEN.$HIDDEN\\"}')}`;
    const env = [{ name: 'GIVEN', value: 'given' }];
    const { load } = await plugin(output, { args: ['arg'], env });
    const { credentials } = await load({ environment: { PATH: process.env['PATH'], OWN: 'own' } });
    expect(await credentials('kept')).toMatchObject({ authorization: 'Bearer arg.own.given.' });
  });

  test('learns of the cluster where it wants to', async () => {
    const { home, load } = await plugin(
      `printf %s "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"; ${credential(counted)}`,
      { provideClusterInfo: true },
    );
    const { credentials } = await load({ now: () => start });
    await credentials('kept');
    expect(JSON.parse(await readFile(join(home, 'info'), 'utf8'))).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://127.0.0.1:6443' } },
    });
  });

  test.each([
    ['fails', 'echo secret; exit 3', 'it ended with exit code 3'],
    ['prints no JSON', 'echo secret', 'it printed no JSON object'],
    ['prints something else', `echo '{"kind":"Secret"}'`, 'it printed no ExecCredential'],
    ['speaks another version', credential('{}', 'v1beta1'), 'its answer is not of client.authentication.k8s.io/v1'],
    ['gives nothing', credential('{}'), 'it gave neither a token nor a client certificate'],
    ['gives half a pair', credential('{\\"clientKeyData\\":\\"secret\\"}'), 'without the other'],
    [
      'gives a bad token',
      credential('{\\"token\\":\\"secret secret\\"}'),
      'its token has characters that no token has',
    ],
    ['gives a bad time', credential('{\\"token\\":\\"secret\\",\\"expirationTimestamp\\":\\"soon\\"}'), 'is no time'],
    ['hangs', 'exec sleep 60', 'it did not end within 300 milliseconds'],
    ['prints without end', 'exec yes secret', 'it printed more than 1048576 bytes'],
  ])('that %s is a refusal that quotes nothing', async (_, output, problem) => {
    const { load } = await plugin(output);
    const patience = output.startsWith('exec sleep') ? 300 : 20_000;
    const { credentials } = await load({ timeoutMs: patience });
    const text = await explained(credentials('kept'));
    expect(text).toContain(problem);
    expect(text).toContain('users[0].user.exec');
    expect(text).not.toContain('secret');
  });

  test('that is not there is a refusal', async () => {
    const { load } = await plugin('', { command: 'podiam-no-such-plugin' });
    expect(await explained((await load()).credentials('kept'))).toContain('there is no such command');
  });
});

describe('each fault is named with file and field', () => {
  const place = '/home/me/.kube/config';
  test.each<[string, Parts, string]>([
    ['proxy-url', { cluster: { 'proxy-url': 'http://proxy' } }, 'clusters[0].cluster.proxy-url'],
    ['a server that is no URL', { cluster: { server: 'kube:6443' } }, 'clusters[0].cluster.server'],
    ['a server that is missing', { cluster: { server: '' } }, 'clusters[0].cluster.server is missing'],
    ['a server with a password', { cluster: { server: 'https://a:secret@b' } }, 'clusters[0].cluster.server'],
    ['an authority that is none', { cluster: { 'certificate-authority-data': base64('secret') } }, 'is no certificate'],
    ['data that is no base64', { cluster: { 'certificate-authority-data': '%' } }, 'authority-data is no base64'],
    ['an authority that is not there', { cluster: { 'certificate-authority': 'x.crt' } }, '/home/me/.kube/x.crt'],
    ['a certificate without key', { user: { 'client-certificate-data': base64('secret') } }, 'client-certificate-data'],
    ['a token of several lines', { user: { token: 'secret\nsecret' } }, 'users[0].user.token'],
    ['a token that is no text', { user: { token: 1234 } }, 'users[0].user.token is no text'],
    ['basic authentication', { user: { username: 'secret' } }, 'users[0].user.username is basic authentication'],
    ['an auth-provider', { user: { 'auth-provider': { name: 'gcp' } } }, 'users[0].user.auth-provider'],
    ['impersonation', { user: { token: 'secret', as: 'admin' } }, 'users[0].user.as impersonates another user'],
    ['an unknown cluster', { context: { cluster: 'other' } }, 'contexts[0].context.cluster is other'],
    ['an unknown user', { context: { user: 'other' } }, 'contexts[0].context.user is other'],
    [
      'a credential over http',
      { cluster: { server: 'http://h' }, user: { token: 'secret' } },
      'users[0].user would be sent',
    ],
    ['a plugin of an old version', { user: { exec: { apiVersion: 'v1alpha1' } } }, 'users[0].user.exec.apiVersion'],
    [
      'a plugin that asks people',
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Always' } } },
      'users[0].user.exec.interactiveMode',
    ],
    [
      'a plugin without command',
      { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1' } } },
      'users[0].user.exec.command is missing',
    ],
  ])('%s', async (_, parts, field) => {
    const text = await explained(load(parts));
    expect(text).toContain(place);
    expect(text).toContain(field);
    expect(text).not.toContain('secret');
  });

  test('insecure-skip-tls-verify beside an authority', async () => {
    const { caCertificate } = await certificates();
    const cluster = { 'certificate-authority-data': base64(caCertificate), 'insecure-skip-tls-verify': true };
    expect(await explained(load({ cluster }))).toContain('insecure-skip-tls-verify contradicts');
  });

  test('a key that is another certificate’s', async () => {
    const [one, other] = [await certificates(), await certificates()];
    const user = { 'client-certificate-data': base64(one.certificate), 'client-key-data': base64(other.privateKey) };
    expect(await explained(load({ user }))).toContain('client-key is not the key of the client certificate');
  });

  test.each([
    ['no YAML', 'clusters: [', 'is no YAML at line 1'],
    ['no mapping', '- a', 'is no mapping'],
    ['another kind', 'kind: Secret', 'kind is not Config'],
    ['an empty file', '', 'current-context is missing; the contexts are: none'],
    ['sections that are no lists', 'clusters: {}', 'not taken: clusters is no list'],
    ['entries without a name', 'clusters: [{cluster: {}}]', 'clusters[0].name is missing'],
    ['a name twice', 'users: [{name: a}, {name: a}]', 'users[1].name is a, which is there already'],
    ['a context that is not there', 'current-context: x\ncontexts: [{name: a}, {name: b}]', 'the contexts are: a, b'],
    [
      'A21 aliases that multiply',
      `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`,
      'has aliases that cannot be resolved',
    ],
  ])('%s', async (_, text, problem) => {
    expect(await explained(loadKubeconfig({ path: place, text }))).toContain(problem);
  });
});
