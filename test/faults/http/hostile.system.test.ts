import { connect as connectHttp2 } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { bodyOf, statusOf } from '../../io/http/raw.ts';
import { report } from '../cluster/report.ts';
import { openTls } from './tls-raw.ts';
import { counted, expectInjected, post, residentMiB, reviewOf, startWebhook } from './webhook.ts';

const review = reviewOf('my-app');

/** A review of the service account that is injected, with this text as one more member of its request. */
const withMember = (text: string) => review.replace('"uid":"u"', `"uid":"u",${text}`);
const members = (count: number) => Array.from({ length: count }, (_, n) => `"${n.toString(36)}":0`).join();

function post1(headers: string, body: string): string {
  return `POST /mutate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
}

test('F26 of the webhook, over TLS: HTTP/2 by preface or by ALPN alone, pipelining, TRACE, CONNECT and upgrades get a clean refusal, and others are served', async () => {
  const webhook = await startWebhook();
  const say = async (text: string) => {
    const raw = await openTls(webhook.port);
    raw.send(text);
    return raw.closed;
  };
  const refused: readonly [string, string][] = [
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http-malformed'],
    ['TRACE / HTTP/1.1\r\nHost: h\r\n\r\n', 'http-method-refused'],
    ['CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n', 'http-method-refused'],
    ['GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'http-upgrade-refused'],
    [
      post1(
        `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n`,
        '{}',
      ),
      'http-upgrade-refused',
    ],
  ];
  for (const [text, reason] of refused) {
    const received = await say(text);
    expect(statusOf(received), text).toBe(400);
    expect(bodyOf(received)['reason'], text).toBe(reason);
  }
  const one = post1(`Content-Length: ${review.length}\r\n`, review);
  const pipelined = await say(one.repeat(3));
  expect(pipelined.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  expect(pipelined).toContain('http-pipelining-refused');

  const session = connectHttp2(webhook.url, { rejectUnauthorized: false });
  await expect(new Promise((resolve) => session.once('error', resolve))).resolves.toBeInstanceOf(Error);
  const negotiated = await new Promise<TLSSocket['alpnProtocol']>((resolve, reject) => {
    const offered = {
      port: webhook.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    };
    const socket = connect(offered, () => resolve(socket.alpnProtocol));
    socket.on('error', reject);
  });
  expect(negotiated).toBe('http/1.1');
  await expectInjected(webhook);
  expect(await counted(webhook, 'podiam_webhook_decisions_total')).toBe(2);
});

test('F27 a review of 3 MiB and more is injected; 100 MB are refused with 413 and never held; what is malformed, endless or double is refused with 400', async () => {
  const webhook = await startWebhook();
  const padding = { annotations: { note: 'x'.repeat(4 * 1024 * 1024) } };
  const large = await post(webhook, reviewOf('my-app', padding));
  expect(large.status).toBe(200);
  expect(large.body).toContain('"patch":');

  const before = await residentMiB(webhook);
  const tooLarge = 100 * 1024 * 1024;
  const declared = await openTls(webhook.port);
  declared.send(post1(`Content-Length: ${tooLarge}\r\n`, '{'.repeat(100_000)));
  expect(statusOf(await declared.closed)).toBe(413);
  const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
  const chunked = await openTls(webhook.port);
  chunked.send(post1('Transfer-Encoding: chunked\r\n', ''));
  for (let sent = 0; sent < 100; sent++) chunked.send(piece);
  // Its refusal may drown in the reset that ends it.
  expect([413, Number.NaN]).toContain(statusOf(await chunked.closed));
  report(`100 MB twice: from ${Math.round(before)} to ${Math.round(await residentMiB(webhook))} MiB resident`);

  const short = await openTls(webhook.port);
  short.send(post1(`Content-Length: ${review.length - 1}\r\nConnection: close\r\n`, review));
  expect(statusOf(await short.closed)).toBe(400);

  const strange: readonly [string, string][] = [
    ['10,000 levels', withMember(`"x":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)],
    ['10,000 lists in lists', withMember(`"x":${'['.repeat(10_000)}${']'.repeat(10_000)}`)],
    ['a million keys', withMember(`"x":{${members(1_000_000)}}`)],
    ['a million keys, small ones', withMember(`"x":[${'{"":0},'.repeat(1_000_000)}0]`)],
    ['a key twice', withMember('"uid":"v"')],
    ['__proto__', withMember('"__proto__":{"allowed":true}')],
    ['half of it', review.slice(0, -10)],
    ['nothing', ''],
    ['another text behind it', `${review}{}`],
  ];
  for (const [what, text] of strange) {
    const { status } = await post(webhook, text);
    // A million keys with names of their own are beyond the size already.
    expect(text.length > 8 * 1024 * 1024 ? 413 : 400, what).toBe(status);
  }
  await expectInjected(webhook);
  expect(webhook.hasEnded()).toBe(false);
});
