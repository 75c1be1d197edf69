// The `/v2` API over a platform in memory, called as its clients call it.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { newOperatorKey, rootBearer } from '../../../src/core/credentials/index.ts';
import { refuse } from '../../../src/core/refusals/index.ts';
import { parseJwks } from '../../../src/core/tokens/index.ts';
import { type AdministrationPorts, createAdministration } from '../../../src/features/administration/index.ts';
import { openAccount } from '../../../src/features/iam/index.ts';
import { encryptAnew, prepareSealingKey } from '../../../src/features/keys/index.ts';
import { createSts } from '../../../src/features/sts/index.ts';
import { httpRequest, must, newClusterKey, newPlatform, noon } from '../platform.ts';

export const clusterKey = newClusterKey();
const ownClusters = {
  issuer: 'https://api.example.com/v2/oidc',
  jwksUrl: 'https://api.example.com/clusters/{account}/{source_id}/keys',
};

const rootKey = z.looseObject({ bearer: z.string(), secret_access_key: z.string() });
const item = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
  arn: z.string().optional(),
  role_id: z.string().optional(),
  subject: z.string().optional(),
  action: z.string().optional(),
  outcome: z.string().optional(),
  keys: z.array(z.looseObject({ kid: z.string() })).optional(),
  attached_policies: z.array(z.string()).optional(),
  max_session_seconds: z.number().optional(),
  root_key: rootKey.optional(),
});
const answer = z.looseObject({
  code: z.string().optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  account: item.optional(),
  issuer: item.optional(),
  policy: item.optional(),
  revocation: item.optional(),
  role: item.optional(),
  session: item.optional(),
  events: z.array(item).optional(),
  issuers: z.array(item).optional(),
  revocations: z.array(item).optional(),
  roles: z.array(item).optional(),
  sessions: z.array(item).optional(),
  meta: z.object({ links: z.object({ next: z.string() }) }).optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
  session_id: z.string().optional(),
  requestId: z.string().optional(),
});

/** What the API answered; nothing where it had nothing to say. */
export function readAnswer(text: string): z.output<typeof answer> {
  return answer.parse(text === '' ? {} : JSON.parse(text));
}

export async function newApi(changed: Partial<AdministrationPorts> = {}) {
  const platform = newPlatform();
  const { ports } = platform;
  const fetched: string[] = [];
  const administration = createAdministration({
    ...ports,
    exchange: createSts(ports).exchange,
    fetchKeys: ({ settings, url }) => {
      fetched.push(settings.jwksUrl ?? url);
      return Promise.resolve(parseJwks(clusterKey.jwks));
    },
    tryReview: () => Promise.resolve(),
    openAccount: (name) => openAccount(ports, name),
    addRootKey: () => Promise.resolve(refuse('sts-unavailable', {})),
    prepareSealingKey: () => prepareSealingKey(ports),
    renewSecrets: async () => must(await encryptAnew(ports)),
    backup: (file) => ports.registry.backup(file),
    provider: { publicUrl: 'https://api.example.com', audience: 'podiam', ownClusters },
    published: undefined,
    version: '0.0.0',
    ...changed,
  });
  const operatorKey = newOperatorKey((count) => randomBytes(count));
  const { id, secretHash, bearer: operator } = operatorKey;
  must(await ports.registry.operatorKeys.add({ id, name: 'ada', secretHash, status: 'active', createdAt: noon }));

  async function send(
    method: string,
    target: string,
    options: { bearer?: string; body?: unknown; text?: string } = {},
  ) {
    const { bearer, body, text = body === undefined ? '' : JSON.stringify(body) } = options;
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const response = await administration.handler(httpRequest({ method, target, headers, body: text }));
    const written = String(response.body);
    return { status: response.status, json: readAnswer(written), headers: response.headers };
  }

  /** An account of its own, with its root key as a Bearer string. */
  async function newAccount(name: string) {
    const { account, rootKey } = must(await openAccount(ports, name));
    return { accountId: account.id, rootKey, bearer: rootBearer(rootKey) };
  }

  return { ...platform, administration, operator, send, newAccount, fetched };
}
