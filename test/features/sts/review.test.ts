import { describe, expect, test } from 'vitest';
import { causeOf, RefusedError, refuse } from '../../../src/core/refusals/index.ts';
import { createSts } from '../../../src/features/sts/index.ts';
import { createReviewToken } from '../../../src/features/sts/review.ts';
import { StatusError } from '../../../src/io/kubernetes/index.ts';
import { clusterToken, httpRequest, must, newClusterKey, newPlatform, noon } from '../platform.ts';

const url = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();

/** A tenant whose cluster is asked about each token; what it says is the test's. */
async function setUp({ canAsk = true } = {}) {
  const platform = newPlatform();
  const tenant = await platform.newTenant(url, key);
  const { issuers } = platform.ports.registry.account(tenant.accountId);
  const [issuer] = await issuers.withUrl(url);
  const settings = { tokenReview: { url: 'https://api.example.com' } };
  must(await issuers.update(issuer?.id ?? '', { settings }, { at: noon }));
  const asked: string[] = [];
  const outcomes: string[] = [];
  const cluster = { answer: () => Promise.resolve({ authenticated: true, problem: '' }) };
  const reviewToken = createReviewToken({
    ask: ({ settings: { tokenReview }, audiences }) => {
      asked.push(`${tokenReview?.url} ${audiences.join()}`);
      return cluster.answer();
    },
    onReview: (outcome) => outcomes.push(outcome),
    now: () => platform.clock.now,
    log: platform.ports.log,
  });
  const handler = createSts({ ...platform.ports, ...(canAsk && { reviewToken }) }).handler;
  const token = await clusterToken({ key, issuer: url });
  const exchange = async () => {
    const parameters = {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: tenant.roleArn,
      RoleSessionName: 'pod',
      WebIdentityToken: token,
    };
    const body = new URLSearchParams(parameters).toString();
    const response = await handler(httpRequest({ method: 'POST', target: '/', body }));
    return /<Code>(\w+)/.exec(String(response.body))?.[1] ?? response.status;
  };
  return { ...platform, ...tenant, asked, cluster, exchange, issuers, outcomes, reviewToken, token };
}

const refusalOf = (code: number, reason: string) =>
  new StatusError({ code, reason, message: 'no', retryAfterSeconds: undefined });

describe('what is told of a cluster that cannot be asked', () => {
  const silent = 'the API server gives no answer';
  test.each([
    ['a reviewer that it does not know', refusalOf(401, 'Unauthorized'), /expired or was revoked/],
    ['a reviewer that may not ask', refusalOf(403, 'Forbidden'), /create TokenReviews/],
    ['a server that is no API server', refusalOf(401, 'Unknown'), silent],
    ['a server in trouble', refusalOf(503, 'ServiceUnavailable'), silent],
    [
      'a closed port',
      new RefusedError(refuse('kubernetes-unreachable', { server: '10.0.0.1:22', problem: 'ECONNREFUSED' })),
      silent,
    ],
    ['a private address', new RefusedError(refuse('document-address-private', { host: 'db.internal' })), silent],
  ])(
    'A15 %s: the owner reads what they can do in the audit record, and the log has the rest',
    async (_, error, told) => {
      const { accountId, cluster, exchange, lines, ports } = await setUp();
      cluster.answer = () => Promise.reject(error);
      expect(await exchange()).toBe('IDPCommunicationError');
      const query = { limit: 1, newestFirst: true, outcome: 'refused' } as const;
      const { items } = await ports.registry.account(accountId).audit.list(query);
      expect(items[0]?.reason).toMatch(told);
      expect(lines.find(({ level }) => level === 'error')?.facts).toMatchObject({
        accountId,
        issuer: url,
        server: 'https://api.example.com',
        error: causeOf(error),
      });
    },
  );
});

describe('a token that its cluster is asked about', () => {
  test('is good while the cluster stands behind it, which is asked once for a few seconds', async () => {
    const { exchange, asked, clock } = await setUp();
    expect(await Promise.all(Array.from({ length: 10 }, exchange))).toEqual(Array.from({ length: 10 }, () => 200));
    expect(asked).toEqual(['https://api.example.com podiam']);
    clock.now += 5000;
    await exchange();
    expect(asked).toHaveLength(2);
  });

  test('is refused once it does not, as that of a deleted pod', async () => {
    const { exchange, cluster, clock, lines } = await setUp();
    expect(await exchange()).toBe(200);
    cluster.answer = () => Promise.resolve({ authenticated: false, problem: 'pod is gone' });
    clock.now += 5000;
    expect(await exchange()).toBe('IDPRejectedClaim');
    expect(lines.at(-1)?.facts).toMatchObject({ reason: 'pod is gone' });
  });

  test('is asked about anew once the issuer was changed', async () => {
    const { exchange, asked, issuers } = await setUp();
    await exchange();
    const [issuer] = await issuers.withUrl(url);
    const settings = { tokenReview: { url: 'https://other.example.com' } };
    must(await issuers.update(issuer?.id ?? '', { settings }, { at: noon }));
    await exchange();
    expect(asked).toEqual(['https://api.example.com podiam', 'https://other.example.com podiam']);
  });

  test('A15 is refused while the cluster cannot be asked, and may be tried again a second later', async () => {
    const { exchange, cluster, clock, outcomes } = await setUp();
    cluster.answer = () => Promise.reject(new Error('connection refused'));
    expect([await exchange(), await exchange()]).toEqual(['IDPCommunicationError', 'IDPCommunicationError']);
    cluster.answer = () => Promise.resolve({ authenticated: true, problem: '' });
    clock.now += 1000;
    expect(await exchange()).toBe(200);
    expect(outcomes).toEqual(['unavailable', 'authenticated']);
  });

  test('is asked about once by all who wait for the answer, however long it takes', async () => {
    const { asked, cluster, clock, issuers, reviewToken, token } = await setUp();
    const [issuer] = await issuers.withUrl(url);
    if (issuer === undefined) throw new Error('the issuer is not there');
    const { promise, resolve } = Promise.withResolvers<{ authenticated: boolean; problem: string }>();
    cluster.answer = () => promise;
    const first = reviewToken(issuer, token);
    clock.now += 20_000;
    const second = reviewToken(issuer, token);
    resolve({ authenticated: true, problem: '' });
    expect(await Promise.all([first, second])).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(1);
  });

  test('F24 waits among no more than a thousand of its account, whose clusters hang: others are refused at once, and those of other accounts asked', async () => {
    const { asked, cluster, issuers, reviewToken } = await setUp();
    const [issuer] = await issuers.withUrl(url);
    if (issuer === undefined) throw new Error('the issuer is not there');
    const { promise, resolve } = Promise.withResolvers<{ authenticated: boolean; problem: string }>();
    cluster.answer = () => promise;
    const crowd = Array.from({ length: 1000 }, (_, index) => reviewToken(issuer, `token ${index}`));
    expect(await reviewToken({ ...issuer, id: 'another' }, 'one more')).toMatchObject({
      code: 'sts-token-review-unavailable',
    });
    const other = reviewToken({ ...issuer, accountId: '999900001111', id: 'of-others' }, 'token');
    expect(asked).toHaveLength(1001);
    resolve({ authenticated: true, problem: '' });
    expect(new Set(await Promise.all([...crowd, other]))).toEqual(new Set([undefined]));
    expect(await reviewToken(issuer, 'a later token')).toBeUndefined();
  });

  test('is refused by a platform that asks no clusters', async () => {
    const { exchange, asked } = await setUp({ canAsk: false });
    expect(await exchange()).toBe('IDPCommunicationError');
    expect(asked).toEqual([]);
  });
});
