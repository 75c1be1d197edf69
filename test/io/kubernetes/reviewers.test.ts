import { describe, expect, onTestFinished, test } from 'vitest';
import { causeOf } from '../../../src/core/refusals/index.ts';
import {
  createReviewers,
  type ReviewLimits,
  type ReviewServer,
  reviewTrouble,
} from '../../../src/io/kubernetes/index.ts';
import { type Behaviour, behaviours, startReviewServer } from './review-server.ts';

const loopback = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
const limits: ReviewLimits = { timeoutMs: 20_000, allowsPrivate: true, lookUp: loopback };
const question = { token: 'eyJ.pod.token', audiences: ['podiam'] };
const reviewer = 'reviewers-own-token';

async function setUp(changed: Partial<ReviewLimits> = {}) {
  const server = await startReviewServer();
  const reviewers = createReviewers({ ...limits, ...changed });
  onTestFinished(reviewers.close);
  const { certificateAuthority } = server;
  const here = { url: `https://api.example.com:${server.port}`, certificateAuthority, token: reviewer };
  const ask = (id = 'one', revision = 1, where: Partial<ReviewServer> = {}, token = question.token) =>
    reviewers.ask({ id, revision }, () => Promise.resolve({ ...here, ...where }), { ...question, token });
  return { server, reviewers, here, ask };
}

const failureOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    (error: unknown) => error,
  );

describe('an API server that is asked about tokens', () => {
  test('is shown the token and the audiences, as the reviewer', async () => {
    const { ask, server } = await setUp();
    expect(await ask()).toEqual({ authenticated: true, problem: '' });
    server.behave = behaviours.gone;
    expect(await ask()).toEqual({ authenticated: false, problem: 'service account token has been invalidated' });
    const asked = { ...question, authorization: `Bearer ${reviewer}` };
    expect(server.asked).toEqual([asked, asked]);
  });

  test('is asked over one connection, again and again', async () => {
    const { ask, server } = await setUp();
    for (let i = 0; i < 10; i += 1) await ask();
    expect([server.asked.length, server.connections()]).toEqual([10, 1]);
  });

  test('that closed the connection meanwhile, as one that was started anew, is asked once more over another', async () => {
    const { ask, server } = await setUp();
    await ask();
    server.behave = (_asked, _response, request) => {
      server.behave = behaviours.stands;
      request.socket.destroy();
    };
    expect((await ask()).authenticated).toBe(true);
    expect([server.asked.length, server.connections()]).toEqual([3, 2]);
  });

  test('of another revision is connected to anew, with its own authority and token, and the old connection ends', async () => {
    const { ask, server } = await setUp();
    await ask();
    await ask('one', 2, { token: 'a-newer-token' });
    expect(server.asked.map(({ authorization }) => authorization)).toEqual([
      `Bearer ${reviewer}`,
      'Bearer a-newer-token',
    ]);
    await expect.poll(server.open).toBe(1);
    const failure = await failureOf(ask('one', 3, { certificateAuthority: undefined }));
    expect(causeOf(failure)).toMatch(/^kubernetes-unreachable/);
  });

  test('is let go of when many others were asked since, and what is under way is answered', async () => {
    const { ask, server } = await setUp({ mostServers: 2 });
    const waiting: (() => void)[] = [];
    server.behave = (asked, response) => void waiting.push(() => behaviours.stands(asked, response));
    const first = ask('first');
    await expect.poll(() => waiting.length).toBe(1);
    server.behave = behaviours.stands;
    for (const id of ['a', 'b', 'c', 'd']) await ask(id);
    await expect.poll(server.open).toBe(3);
    for (const answer of waiting) answer();
    expect((await first).authenticated).toBe(true);
    await expect.poll(server.open).toBe(2);
  });

  test('is found anew where it could not be found before', async () => {
    const { here, reviewers } = await setUp();
    const key = { id: 'one', revision: 1 };
    const lost = reviewers.ask(key, () => Promise.reject(new Error('the database is away')), question);
    expect(String(await failureOf(lost))).toContain('the database is away');
    expect((await reviewers.ask(key, () => Promise.resolve(here), question)).authenticated).toBe(true);
  });
});

describe('A15 what comes between', () => {
  const silent = 'the API server gives no answer';
  const rows: readonly (readonly [string, Behaviour, string, string])[] = [
    ['a reviewer who is not known any more', behaviours.unauthorized, 'kubernetes-refused', 'expired or was revoked'],
    ['a reviewer who may not ask', behaviours.forbidden, 'kubernetes-refused', 'let the reviewer create TokenReviews'],
    ['an API server in trouble', behaviours.unavailable, 'kubernetes-refused', silent],
    ['a redirect', behaviours.redirects, 'kubernetes-redirected', silent],
    ['another server’s JSON', behaviours.isNoApiServer, 'kubernetes-answer-malformed', silent],
    ['another server’s page', behaviours.isNoJson, 'kubernetes-answer-malformed', silent],
    ['an answer that breaks off', behaviours.breaksOff, 'kubernetes-unreachable', silent],
    ['an answer without end', behaviours.floods, 'kubernetes-answer-too-large', silent],
  ];

  test.each(rows)('is told apart in the log, and to the owner only as far as it is theirs: %s', async (...row) => {
    const [, behave, code, told] = row;
    const { ask, server } = await setUp();
    server.behave = behave;
    const failure = await failureOf(ask());
    expect(causeOf(failure)).toMatch(new RegExp(`^${code}: `));
    expect(causeOf(failure)).not.toContain(question.token);
    expect(reviewTrouble(failure)).toContain(told);
  });

  test.each([
    ['does not answer', behaviours.hangs],
    ['does not end its answer', behaviours.trickles],
  ])('an API server that %s is given up', async (_, behave) => {
    const { ask, server } = await setUp({ timeoutMs: 1000 });
    server.behave = behave;
    expect(causeOf(await failureOf(ask()))).toMatch(/^kubernetes-too-slow/);
    server.behave = behaviours.stands;
    expect((await ask()).authenticated).toBe(true);
  });

  test('F24 a crowd that waits for one that hangs is given up over few connections, and others do not wait with it', async () => {
    const { ask, server } = await setUp({ timeoutMs: 1000 });
    const other = await startReviewServer();
    const { certificateAuthority } = other;
    server.behave = behaviours.hangs;
    const crowd = Array.from({ length: 200 }, () => failureOf(ask()));
    const url = `https://api.example.com:${other.port}`;
    expect((await ask('other', 1, { url, certificateAuthority })).authenticated).toBe(true);
    for (const failure of await Promise.all(crowd)) expect(causeOf(failure)).toMatch(/^kubernetes-too-slow/);
    server.behave = behaviours.stands;
    expect((await ask()).authenticated).toBe(true);
    // A slow machine gives the crowd up one by one, and each leaves its connection to another: more than 16 in all.
    expect(server.connections()).toBeLessThan(150);
    expect(server.open()).toBeLessThanOrEqual(16);
  });

  test('a certificate of another authority, of another name, and of none that is publicly known', async () => {
    const { ask, server } = await setUp();
    const other = await startReviewServer({ isOther: true });
    const trusting = (id: string, where: Parameters<typeof ask>[2]) => failureOf(ask(id, 1, where));
    const { certificateAuthority } = other;
    expect(causeOf(await trusting('a', { certificateAuthority }))).toMatch(/^kubernetes-unreachable/);
    const url = `https://other.example.com:${server.port}`;
    expect(causeOf(await trusting('b', { url }))).toMatch(/^kubernetes-unreachable.*ALTNAME/);
    expect(causeOf(await trusting('c', { certificateAuthority: undefined }))).toMatch(/^kubernetes-unreachable/);
    expect(server.asked).toEqual([]);
  });

  test('the operator’s own authority stands beside the usual ones where the owner names none', async () => {
    const { here, server } = await setUp();
    const reviewers = createReviewers({ ...limits, certificateAuthority: server.certificateAuthority });
    onTestFinished(reviewers.close);
    const where = { ...here, certificateAuthority: undefined };
    await reviewers.tryOut(where);
    expect(server.asked).toHaveLength(1);
  });

  test('A26 what a server quotes of tokens is not repeated', async () => {
    const { reviewers, here, server } = await setUp();
    server.behave = behaviours.quotes;
    const long = `eyJ${'a'.repeat(900)}`;
    const ask = (token: string) =>
      reviewers.ask({ id: 'one', revision: 1 }, () => Promise.resolve(here), { token, audiences: ['podiam'] });
    expect((await ask('short')).problem).toBe('what is (token) of Bearer (token)?');
    expect((await ask(long)).problem).toBe('what is (token) of Bearer (token)?');
    server.behave = behaviours.forbidden;
    expect(causeOf(await failureOf(ask(long)))).toContain('(token) is not for you');
  });
});

describe('A5 what a server says at length', () => {
  test('is cut before it is looked through, and never within a token', async () => {
    const { ask, server } = await setUp();
    server.behave = behaviours.rambles;
    // The token stands from the 960th character on, and the cut within it.
    const token = `start-${'-x'.repeat(40)}`;
    const { problem } = await ask('one', 1, {}, token);
    expect(problem).toBe(`${'so '.repeat(320)}…`);
    server.behave = behaviours.refusesAtLength;
    expect(await failureOf(ask())).toMatchObject({ code: 403, reason: '…' });
  });
});

describe('A17 an address outside the public Internet', () => {
  const url = (host: string, port: number) => `https://${host}:${port}`;

  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '10.96.0.1', '169.254.169.254', '2130706433', '0x7f.1'])(
    'is not asked: %s',
    async (host) => {
      const { ask, server } = await setUp({ allowsPrivate: false });
      const failure = await failureOf(ask('one', 1, { url: url(host, server.port) }));
      expect(causeOf(failure)).toMatch(/^document-address-private/);
      expect(server.connections()).toBe(0);
    },
  );

  test('is not asked by a name either, nor beside a public one, nor at a second look', async () => {
    const answers = [
      [{ address: '127.0.0.1', family: 4 }],
      [
        { address: '203.0.114.7', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    ];
    const lookUp = () => Promise.resolve(answers.shift() ?? [{ address: '::1', family: 6 }]);
    const { ask, server } = await setUp({ allowsPrivate: false, lookUp });
    for (let i = 0; i < 3; i += 1) {
      expect(causeOf(await failureOf(ask()))).toMatch(/^document-address-private/);
    }
    expect(server.connections()).toBe(0);
  });

  test('is not asked by a name of the system’s own', async () => {
    const server = await startReviewServer();
    const { certificateAuthority, url: local } = server;
    const reviewers = createReviewers({ timeoutMs: 20_000, allowsPrivate: false });
    onTestFinished(reviewers.close);
    const there = { url: local, certificateAuthority, token: reviewer };
    expect(causeOf(await failureOf(reviewers.tryOut(there)))).toMatch(/^document-address-private/);
    expect(server.connections()).toBe(0);
  });

  test('the connection goes to the address that was judged, whatever the name says next', async () => {
    let looked = 0;
    const lookUp = () => {
      looked += 1;
      return Promise.resolve([{ address: looked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]);
    };
    const { ask, server } = await setUp({ lookUp });
    await ask();
    await ask();
    expect([looked, server.connections()]).toEqual([1, 1]);
  });

  test('plain HTTP is not spoken', async () => {
    const { ask } = await setUp();
    expect(causeOf(await failureOf(ask('one', 1, { url: 'http://api.example.com' })))).toMatch(/^document-url-unfit/);
  });
});

describe('trying an API server out', () => {
  test('asks it about what is no token, and says nothing where it answers', async () => {
    const { here, reviewers, server } = await setUp();
    server.behave = behaviours.gone;
    await reviewers.tryOut(here);
    expect(server.asked).toMatchObject([{ authorization: `Bearer ${reviewer}`, audiences: [] }]);
    expect(server.asked[0]?.token).not.toBe(reviewer);
    await expect.poll(server.open).toBe(0);
  });

  test('fails as asking does', async () => {
    const { here, reviewers, server } = await setUp();
    server.behave = behaviours.forbidden;
    expect(reviewTrouble(await failureOf(reviewers.tryOut(here)))).toContain('create TokenReviews');
    await expect.poll(server.open).toBe(0);
  });
});
