import { describe, expect, test } from 'vitest';
import { createStsHandler } from '../../../src/features/sts/index.ts';
import { createReviewToken } from '../../../src/features/sts/review.ts';
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
  const cluster = { answer: () => Promise.resolve({ authenticated: true, problem: '' }) };
  const reviewToken = createReviewToken({
    ask: (review, _, audiences) => {
      asked.push(`${review.url} ${audiences.join()}`);
      return cluster.answer();
    },
    now: () => platform.clock.now,
    log: platform.ports.log,
  });
  const handler = createStsHandler({ ...platform.ports, ...(canAsk && { reviewToken }) });
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
  return { ...platform, asked, cluster, exchange };
}

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

  test('A15 is refused while the cluster cannot be asked, and may be tried again', async () => {
    const { exchange, cluster, clock } = await setUp();
    cluster.answer = () => Promise.reject(new Error('connection refused'));
    expect(await exchange()).toBe('IDPCommunicationError');
    cluster.answer = () => Promise.resolve({ authenticated: true, problem: '' });
    clock.now += 5000;
    expect(await exchange()).toBe(200);
  });

  test('is refused by a platform that asks no clusters', async () => {
    const { exchange, asked } = await setUp({ canAsk: false });
    expect(await exchange()).toBe('IDPCommunicationError');
    expect(asked).toEqual([]);
  });
});
