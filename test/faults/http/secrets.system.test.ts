import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openTls } from './tls-raw.ts';
import { expectInjected, post, reviewOf, startWebhook } from './webhook.ts';

const canary = {
  token: 'canary-token-of-the-kubeconfig',
  env: 'canary-value-of-a-variable',
  argument: 'canary-argument-of-a-container',
  annotation: 'canary-annotation-of-a-pod',
  accountAnnotation: 'canary-annotation-of-an-account',
  image: 'canary-image',
  header: 'canary-authorization-of-a-request',
  query: 'canary-query-of-a-request',
  body: 'canary-body-that-is-no-review',
} as const;

/** What a pod holds that is nobody's business. */
const pod = [
  { annotations: { note: canary.annotation } },
  {
    containers: [
      { name: 'app', image: canary.image, args: [canary.argument], env: [{ name: 'KEY', value: canary.env }] },
    ],
  },
] as const;

const headers = { authorization: `Bearer ${canary.header}`, cookie: canary.header };

test('A26 at the most talkative log level no token, key or piece of a pod is in what the webhook prints, counts, answers or tells the API server, whatever goes wrong', async () => {
  const webhook = await startWebhook({ token: canary.token, args: ['--log-level', 'debug'] });
  const { api } = webhook;
  api.putServiceAccount('default', 'noted', { note: canary.accountAnnotation, 'podiam.dev/role-arn': 'not a role' });
  const answers: string[] = [];
  const ask = async (body: string, path?: string) => answers.push((await post(webhook, body, headers, path)).body);
  const askAll = async () => {
    for (const name of ['my-app', 'bad', 'noted', 'unknown']) await ask(reviewOf(name, ...pod));
    await ask(reviewOf('my-app', ...pod), `/mutate?timeout=5s&token=${canary.query}`);
    await ask(reviewOf('my-app', pod[0], { containers: canary.body }));
    await ask(`{"kind":"${canary.body}"}`);
    await ask(canary.body);
    await ask(reviewOf('my-app'), `/${'x'.repeat(10)}?${canary.query}`);
  };
  await askAll();
  const half = await openTls(webhook.port);
  half.send(
    `POST /mutate HTTP/1.1\r\nHost: h\r\nAuthorization: ${canary.header}\r\nContent-Length: 100\r\n\r\n${canary.body}`,
  );
  half.end();
  answers.push(await half.closed);
  const malformed = await openTls(webhook.port);
  malformed.send(`POST /mutate HTTP/1.1\r\nHost: h\r\nAuthorization ${canary.header}\r\n\r\n`);
  answers.push(await malformed.closed);
  api.fail({ status: 500 });
  api.dropConnections();
  await askAll();
  api.recover();
  api.fail({ status: 401 });
  api.dropConnections();
  await askAll();
  api.fail('reset');
  await askAll();
  api.recover();
  await expect
    .poll(() => api.requests.some(({ path, method }) => method === 'POST' && path.endsWith('/events')), {
      timeout: 20_000,
    })
    .toBe(true);

  const secret = api.requests.find(
    ({ method, path }) => method === 'PUT' && path.endsWith('/secrets/podiam-webhook-tls'),
  );
  expect(secret, 'it keeps its key in its Secret').toBeDefined();
  const keys = [...(secret?.body.matchAll(/"[^"]*key":"([A-Za-z0-9+/=]{40,})"/g) ?? [])].map(
    ([, base64 = '']) => base64,
  );
  const pems = keys.map((base64) => Buffer.from(base64, 'base64').toString().split('\n')[1] ?? '');
  expect(pems.length).toBeGreaterThan(0);
  const told = api.requests.filter(({ path }) => !path.includes('/secrets')).map(({ path, body }) => `${path} ${body}`);
  const metrics = await (await fetch(`${webhook.metricsUrl}/metrics`)).text();
  const everything = {
    output: webhook.output(),
    metrics,
    answers: answers.join('\n'),
    patches: patchesIn(answers),
    told: told.join('\n'),
  };
  for (const [where, text] of Object.entries(everything)) {
    expect(text.length, where).toBeGreaterThan(0);
    for (const word of [...Object.values(canary), ...keys, ...pems, 'PRIVATE KEY']) {
      expect(text.includes(word), `${word.slice(0, 40)} in ${where}`).toBe(false);
    }
  }
});

function patchesIn(answers: readonly string[]): string {
  const found = answers.flatMap((answer) => [...answer.matchAll(/"patch":"([^"]+)"/g)]);
  return found.map(([, base64 = '']) => Buffer.from(base64, 'base64').toString()).join('\n');
}

test('A18 the token goes to the API server alone: proxies of the environment, endpoints and annotations that name another place are asked nothing', async () => {
  const heard: string[] = [];
  const stranger = createServer((socket) => {
    socket.on('data', (chunk) => heard.push(chunk.toString('latin1')));
    socket.on('error', () => {});
    heard.push('connected');
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void stranger.close());
  const address = stranger.address();
  const place = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  const environment = {
    ...Object.fromEntries(proxies.map((name) => [name, `http://${place}`])),
    NODE_USE_ENV_PROXY: '1',
    NO_PROXY: '',
    no_proxy: '',
  };
  const webhook = await startWebhook({ environment, args: ['--sts-endpoint', `https://${place}`] });
  const { api } = webhook;
  api.putServiceAccount('default', 'elsewhere', {
    'podiam.dev/role-arn': `https://${place}/role`,
    'podiam.dev/audience': `https://${place}`,
  });
  await expectInjected(webhook);
  await post(webhook, reviewOf('elsewhere', { annotations: { 'podiam.dev/role-arn': `https://${place}` } }));
  await post(webhook, reviewOf('..%2f..%2fsecrets'));
  await expect.poll(() => api.requests.some(({ path }) => path.endsWith('/events')), { timeout: 20_000 }).toBe(true);
  expect(heard).toEqual([]);
  expect(new Set(api.requests.map(({ authorization }) => authorization))).toEqual(
    new Set(['Bearer token-of-the-webhook']),
  );
  expect(api.requests.filter(({ path }) => /\/secrets(?!\/podiam-webhook-tls$|$)/.test(path))).toEqual([]);
});
