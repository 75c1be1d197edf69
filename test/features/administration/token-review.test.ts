// The owner of an account says how an issuer's cluster is asked about its tokens, changes it, and takes it away again.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { causeOf, RefusedError, refuse } from '../../../src/core/refusals/index.ts';
import { openReviewerToken } from '../../../src/core/registry/index.ts';
import { type ReviewServer, StatusError } from '../../../src/io/kubernetes/index.ts';
import { makeAuthority } from '../../../src/io/tls/index.ts';
import { clusterToken } from '../platform.ts';
import { clusterKey, newApi } from './api.ts';

const uri = 'https://oidc.example.com/clusters/1';
const url = 'https://api.example.com:6443';
const authority = () => makeAuthority('cluster', { notBefore: Date.now(), notAfter: Date.now() + 86_400_000 });
const { certificate, privateKey } = await authority();
const [{ certificate: next }, token] = await Promise.all([
  authority(),
  clusterToken({ key: clusterKey, issuer: uri, serviceAccount: 'reviewer' }),
]);
const review = { url, certificate_authority: certificate, token };
const keys = z.object({ keys: z.array(z.unknown()) }).parse(JSON.parse(clusterKey.jwks)).keys;
const cluster = { source: 'external', uri, keys };

const answered = z.object({
  url: z.string(),
  certificate_authority: z.string(),
  token_expires_at: z.string().nullable(),
});
const reviewOf = (issuer: Readonly<Record<string, unknown>> | undefined) =>
  answered.nullable().parse(issuer?.['token_review']);

/** An owner whose clusters answer, unless a test has them do something else. */
async function owner() {
  const tried: ReviewServer[] = [];
  const state = { tryReview: (): Promise<void> => Promise.resolve() };
  const api = await newApi({
    tryReview: (server) => {
      tried.push(server);
      return state.tryReview();
    },
  });
  const account = await api.newAccount('one');
  const call = (method: string, target: string, body?: unknown) =>
    api.send(method, target, { bearer: account.bearer, body });
  const { issuers } = api.ports.registry.account(account.accountId);
  /** Who the cluster is asked as, by what is on record. */
  const reviewerOf = async (id: string) => {
    const sealed = await issuers.reviewerToken(id);
    const place = { accountId: account.accountId, issuerId: id };
    const server = (await issuers.find(id))?.settings.tokenReview?.url ?? '';
    return sealed && openReviewerToken(sealed, { ...place, url: server }, api.ports.keyEncryptionKeys);
  };
  const register = async (body: Readonly<Record<string, unknown>> = { ...cluster, token_review: review }) => {
    const { json, status } = await call('POST', '/v2/oidc/issuer', body);
    expect([status, json.message]).toEqual([201, undefined]);
    return json.issuer?.id ?? '';
  };
  const change = (id: string, asked: unknown) => call('PATCH', `/v2/oidc/issuer/${id}`, { token_review: asked });
  return { ...api, ...account, call, change, issuers, register, reviewerOf, state, tried };
}

describe('an issuer whose cluster is asked about its tokens', () => {
  test('is registered so, and tried at once', async () => {
    const { call, register, reviewerOf, tried } = await owner();
    const id = await register();
    expect(tried).toEqual([{ url, certificateAuthority: certificate.trim(), token }]);
    expect(await reviewerOf(id)).toBe(token);
    const { json } = await call('GET', `/v2/oidc/issuer/${id}`);
    const expected = { url, certificate_authority: certificate.trim(), token_expires_at: '2026-11-21T13:00:00.000Z' };
    expect(reviewOf(json.issuer)).toEqual(expected);
  });

  test('A26 shows its token to nobody: not in answers, the audit record, the log, or the registry’s own words', async () => {
    const { call, change, issuers, lines, ports, register, state, tried } = await owner();
    const id = await register();
    await change(id, { token: `${token}x` });
    state.tryReview = () => Promise.reject(new Error('no'));
    const said = [
      await change(id, { url: 'https://other.example.com', token }),
      await change(id, { token: `${token} ${token}` }),
      await change(id, { token, nonsense: token }),
      await call('GET', `/v2/oidc/issuer/${id}`),
      await call('GET', '/v2/oidc/issuer'),
      await call('GET', '/v2/audit'),
      await issuers.find(id),
      await ports.registry.audit.list({ limit: 100, newestFirst: true }),
      lines,
    ];
    expect(tried).toHaveLength(3);
    const [, payload = ''] = token.split('.');
    expect(JSON.stringify(said)).not.toContain(payload);
  });

  test('is one of the platform’s own clusters, too', async () => {
    const { register, reviewerOf } = await owner();
    const id = await register({ source: 'vke', source_id: 'c-1', token_review: { url, token } });
    expect(await reviewerOf(id)).toBe(token);
  });

  test('gets another authority in place, and keeps its token for the same server', async () => {
    const { change, register, reviewerOf, tried } = await owner();
    const id = await register();
    const changed = await change(id, { certificate_authority: next });
    expect([changed.status, reviewOf(changed.json.issuer)?.certificate_authority]).toEqual([200, next.trim()]);
    expect(tried.at(-1)).toEqual({ url, certificateAuthority: next.trim(), token });
    const bundle = await change(id, { url, certificate_authority: `${certificate}\n${next}` });
    expect(reviewOf(bundle.json.issuer)?.certificate_authority).toBe(`${certificate.trim()}\n${next.trim()}`);
    expect(reviewOf((await change(id, { certificate_authority: null })).json.issuer)?.certificate_authority).toBe('');
    expect(await reviewerOf(id)).toBe(token);
    expect((await change(id, {})).status).toBe(200);
    expect(tried.at(-1)).toEqual({ url, certificateAuthority: undefined, token });
  });

  test('gets another token in place, of which the old one is gone', async () => {
    const { change, issuers, ports, register, reviewerOf } = await owner();
    const id = await register();
    const [before] = await issuers.withUrl(uri);
    const changed = await change(id, { token: ' a-static-token\n' });
    expect(reviewOf(changed.json.issuer)).toMatchObject({ url, token_expires_at: null });
    expect(await reviewerOf(id)).toBe('a-static-token');
    expect(await ports.registry.secrets.list('reviewer-token/')).toHaveLength(1);
    // What replicas remember of answers and connections is by revision.
    expect((await issuers.withUrl(uri))[0]?.revision).toBe((before?.revision ?? 0) + 1);
  });

  test('A18 goes to another server only with a token that was given for it', async () => {
    const { call, change, register, reviewerOf, tried } = await owner();
    const id = await register();
    const refused = await change(id, { url: 'https://evil.example.com' });
    expect(refused).toMatchObject({ status: 400, json: { code: 'ValidationError' } });
    expect(refused.json.message).toContain('token_review.token: is needed with another url');
    expect(tried).toHaveLength(1);
    const moved = await change(id, { url: 'https://new.example.com', token: 'another' });
    expect(reviewOf(moved.json.issuer)).toMatchObject({ url: 'https://new.example.com' });
    expect(await reviewerOf(id)).toBe('another');
    await call('PATCH', `/v2/oidc/issuer/${id}`, { cluster_name: 'one' });
    expect(await reviewerOf(id)).toBe('another');
  });

  test('is asked no more once that is taken away, and nothing of it stays', async () => {
    const { call, change, ports, register } = await owner();
    const id = await register();
    const taken = await change(id, null);
    expect([taken.status, reviewOf(taken.json.issuer)]).toEqual([200, null]);
    expect(await ports.registry.secrets.list('')).toEqual([]);
    expect((await change(id, { url })).json.message).toContain('token_review.token: is needed');
    expect((await change(id, { token })).json.message).toContain('token_review.url: is needed');
    expect((await change(id, { url, token })).status).toBe(200);
    expect((await call('DELETE', `/v2/oidc/issuer/${id}`)).status).toBe(204);
    expect(await ports.registry.secrets.list('')).toEqual([]);
  });

  test('A16 is nobody’s of another account, and the operator’s where they name the account', async () => {
    const { accountId, newAccount, operator, register, reviewerOf, send } = await owner();
    const id = await register();
    const stranger = await newAccount('two');
    const body = { token_review: null };
    expect((await send('PATCH', `/v2/oidc/issuer/${id}`, { bearer: stranger.bearer, body })).status).toBe(404);
    expect(await reviewerOf(id)).toBe(token);
    const named = `/v2/oidc/issuer/${id}?account=${accountId}`;
    expect((await send('PATCH', named, { bearer: operator, body })).status).toBe(200);
  });

  test('is left as it is by whoever drew a change from an older state', async () => {
    const { call, change, register, reviewerOf, state } = await owner();
    const id = await register();
    state.tryReview = async () => {
      state.tryReview = () => Promise.resolve();
      await change(id, { url: 'https://new.example.com', token: 'newer' });
    };
    const late = await change(id, { certificate_authority: next });
    expect(late).toMatchObject({ status: 409, json: { reason: 'registry-changed' } });
    expect(await reviewerOf(id)).toBe('newer');
    expect(reviewOf((await call('GET', `/v2/oidc/issuer/${id}`)).json.issuer)?.url).toBe('https://new.example.com');
  });
});

describe('what is no way to ask a cluster', () => {
  test.each([
    ['plain HTTP', { url: 'http://api.example.com', token }, 'token_review.url'],
    ['no URL', { url: 'api.example.com', token }, 'token_review.url'],
    ['a URL with a password', { url: 'https://root:hunter2@api.example.com', token }, 'token_review.url'],
    ['a URL with a query', { url: `${url}?x`, token }, 'token_review.url'],
    ['a URL of two lines', { url: `https://api.\nexample.com`, token }, 'token_review.url'],
    ['no token', { url }, 'token_review.token'],
    ['an empty token', { url, token: ' \n' }, 'token_review.token'],
    ['a token of two lines', { url, token: 'a\nb' }, 'token_review.token'],
    ['a token that would be another header', { url, token: 'a\r\nX-Remote-User: admin' }, 'token_review.token'],
    [
      'certificates that are none',
      { url, token, certificate_authority: 'hunter2' },
      'token_review.certificate_authority',
    ],
    [
      'a key instead of certificates',
      { ...review, certificate_authority: privateKey },
      'token_review.certificate_authority',
    ],
    ['nothing', {}, 'token_review.url'],
    ['null, before there is anything', null, 'token_review'],
  ])('is refused in the name of its field, and never tried: %s', async (_, asked, field) => {
    const { call, tried } = await owner();
    const answer = await call('POST', '/v2/oidc/issuer', { ...cluster, token_review: asked });
    expect(answer).toMatchObject({ status: 400, json: { code: 'ValidationError' } });
    expect(answer.json.message).toContain(field);
    expect(answer.json.message).not.toMatch(/hunter2|admin/);
    expect(tried).toEqual([]);
  });

  test('a key beside the certificates is neither kept nor shown', async () => {
    const { call, register } = await owner();
    const id = await register({
      ...cluster,
      token_review: { ...review, certificate_authority: privateKey + certificate },
    });
    const { json } = await call('GET', `/v2/oidc/issuer/${id}`);
    expect(reviewOf(json.issuer)?.certificate_authority).toBe(certificate.trim());
  });

  const refused = (code: number, reason: string) =>
    new StatusError({ code, reason, message: 'etcd-7', retryAfterSeconds: undefined });
  const unreachable = new RefusedError(
    refuse('kubernetes-unreachable', { server: '10.0.0.1', problem: 'ECONNREFUSED' }),
  );

  test.each([
    ['a token that is not known', refused(401, 'Unauthorized'), 'the API server does not know the reviewer’s token'],
    ['a token without the right', refused(403, 'Forbidden'), 'the API server does not let the reviewer create'],
    ['a server in trouble', refused(500, 'InternalError'), 'the API server gives no answer'],
    ['a closed port', unreachable, 'the API server gives no answer'],
    ['anything else', new Error('ETIMEDOUT'), 'the API server gives no answer'],
  ])('A17 changes nothing, and tells the same whatever stands at the address: %s', async (_, error, reason) => {
    const { call, change, lines, register, reviewerOf, state } = await owner();
    const id = await register();
    state.tryReview = () => Promise.reject(error);
    const answer = await change(id, { token: 'another' });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        reason: 'issuer-review-unusable',
        message: `Asked for a TokenReview, ${url} did not answer as an API server does.`,
      },
    });
    expect(await reviewerOf(id)).toBe(token);
    expect(lines.find(({ message }) => message === 'a cluster does not review tokens')?.facts).toMatchObject({
      requestId: expect.any(String),
      server: url,
      error: causeOf(error),
    });
    // The owner reads there what Kubernetes itself says of their reviewer, and nothing else.
    const { json } = await call('GET', '/v2/audit?outcome=refused&per_page=1');
    expect(String(json.events?.[0]?.['reason'])).toContain(reason);
    expect((await call('POST', '/v2/oidc/issuer', { ...cluster, uri: `${uri}x`, token_review: review })).status).toBe(
      400,
    );
    expect((await call('GET', '/v2/oidc/issuer')).json.issuers).toHaveLength(1);
  });

  test('A17 a private address is told as such', async () => {
    const { change, register, state } = await owner();
    const id = await register();
    state.tryReview = () =>
      Promise.reject(new RefusedError(refuse('document-address-private', { host: 'api.example.com' })));
    expect((await change(id, { token: randomBytes(8).toString('hex') })).json).toMatchObject({
      reason: 'issuer-review-address-private',
      message: 'api.example.com leads to an address outside the public Internet, which is not asked.',
    });
  });
});

/** Everything that stands under the name, however deep. */
function allNamed(name: string, value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => [
    ...(key === name ? [inner] : []),
    ...allNamed(name, inner),
  ]);
}

test('A26 the OpenAPI document takes the token as something that is only written, and has no answer with it', async () => {
  const { json } = await (await newApi()).send('GET', '/openapi.json');
  const forms = allNamed('token_review', allNamed('requestBody', json));
  const taken = allNamed('token', forms);
  expect(taken.length).toBeGreaterThan(2);
  for (const one of taken) expect(one).toMatchObject({ type: 'string', writeOnly: true });
  const answers = allNamed('token_review', allNamed('responses', json));
  expect(answers.length).toBeGreaterThan(2);
  expect(allNamed('token', answers)).toEqual([]);
});
