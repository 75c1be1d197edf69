import { expect, test } from 'vitest';
import { refuse } from '../../../src/core/refusals/index.ts';
import { parseJwks } from '../../../src/core/tokens/index.ts';
import { createPublishedDocuments } from '../../../src/features/administration/index.ts';
import { newClusterKey, newPlatform, noon } from '../platform.ts';
import { newApi } from './api.ts';

const issuer = 'https://api.example.com/v2/oidc';
const publicUrl = 'https://api.example.com';

/** Two accounts with a cluster each under one URL, and one that cannot be reached. */
async function newPublished() {
  const { ports, clock } = newPlatform();
  const keys = new Map([
    ['c-1', newClusterKey()],
    ['c-2', newClusterKey()],
  ]);
  let asked = 0;
  for (const sourceId of ['c-1', 'c-2', 'gone']) {
    const id = `11112222333${sourceId.length}${sourceId.at(-1) === '2' ? '2' : '1'}`.slice(0, 12);
    await ports.registry.accounts.open({ id, name: sourceId, createdAt: noon });
    await ports.registry.account(id).issuers.create({
      id: sourceId,
      kind: 'vke',
      url: issuer,
      sourceId,
      audiences: ['podiam'],
      thumbprints: [],
      tags: [],
      jwks: '',
      settings: {},
      createdAt: noon,
    });
  }
  const documents = createPublishedDocuments({
    ...ports,
    keysOf: ({ sourceId }) => {
      asked += 1;
      const key = keys.get(sourceId);
      const outcome = key ? parseJwks(key.jwks) : refuse('issuer-keys-unavailable', { issuer }, 'gone');
      return Promise.resolve(outcome);
    },
    issuer,
    publicUrl,
    log: () => {},
  });
  return { documents, keys, clock, asked: () => asked };
}

test('the keys of all clusters that share the platform’s issuer are published, whoever’s they are', async () => {
  const { documents, keys } = await newPublished();
  const { body, headers } = await documents.jwks();
  expect(headers['content-type']).toBe('application/jwk-set+json');
  const published = parseJwks(String(body));
  expect('byId' in published && [...published.byId.keys()].sort()).toEqual(
    [...keys.values()].map(({ keyId }) => keyId).sort(),
  );
  const discovery: unknown = JSON.parse(String((await documents.discovery()).body));
  expect(discovery).toEqual({
    issuer,
    jwks_uri: `${publicUrl}/v2/oidc/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  });
});

test('A21 they are gathered once in five minutes, however often they are asked for', async () => {
  const { documents, clock, asked } = await newPublished();
  await Promise.all(Array.from({ length: 50 }, () => documents.jwks()));
  expect(asked()).toBe(3);
  clock.now += 299_999;
  await documents.jwks();
  expect(asked()).toBe(3);
  clock.now += 1;
  await documents.jwks();
  expect(asked()).toBe(6);
});

test('a platform without clusters of its own publishes nothing', async () => {
  const { send } = await newApi();
  expect((await send('GET', '/v2/oidc/jwks')).status).toBe(404);
  expect((await send('GET', '/v2/oidc/.well-known/openid-configuration')).status).toBe(404);
});
