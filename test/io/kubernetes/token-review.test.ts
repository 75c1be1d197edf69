// One shape of answer counts as the cluster's yes: everything near it is a no, or no answer.
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { causeOf } from '../../../src/core/refusals/index.ts';
import { createReviewers } from '../../../src/io/kubernetes/index.ts';
import { startReviewServer } from './review-server.ts';

const audiences = ['podiam'];
const yes = { authenticated: true, audiences, user: { username: 'system:serviceaccount:default:my-app' } };

async function answerTo(body: unknown, status = 201) {
  const server = await startReviewServer();
  const lookUp = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  const reviewers = createReviewers({ timeoutMs: 20_000, allowsPrivate: true, lookUp });
  onTestFinished(reviewers.close);
  server.behave = (_, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const where = {
    url: `https://api.example.com:${server.port}`,
    certificateAuthority: server.certificateAuthority,
    token: 'reviewer',
  };
  return reviewers
    .ask({ id: 'one', revision: 1 }, () => Promise.resolve(where), { token: 'a.b.c', audiences })
    .then(({ authenticated }) => authenticated, causeOf);
}

test.each([
  ['says so for the audience that was asked about', yes, true],
  ['names further audiences', { ...yes, audiences: ['other', 'podiam'] }, true],
  ['is about another audience', { ...yes, audiences: ['https://kubernetes.default.svc'] }, false],
  ['names no audience, as authenticators do that know of none', { authenticated: true, user: yes.user }, false],
  ['has a text for its audiences', { ...yes, audiences: 'podiam' }, false],
  ['says no', { ...yes, authenticated: false }, false],
  ['says yes in a word', { ...yes, authenticated: 'true' }, false],
  ['says nothing', {}, false],
])('A13 an answer that %s', async (_, status, authenticated) => {
  expect(await answerTo({ kind: 'TokenReview', status })).toBe(authenticated);
});

test.each([
  ['of another kind', { kind: 'SubjectAccessReview', status: { ...yes, allowed: true } }],
  ['without a kind', { status: yes }],
  ['with the verdict outside its status', { kind: 'TokenReview', ...yes }],
  ['in a list', [{ kind: 'TokenReview', status: yes }]],
])('A13 an answer %s is none', async (_, body) => {
  expect(await answerTo(body)).toMatch(/^kubernetes-answer-malformed/);
});

test('A13 a yes under an error’s status is none', async () => {
  expect(await answerTo({ kind: 'TokenReview', status: yes }, 500)).toMatch(/^kubernetes-/);
});
