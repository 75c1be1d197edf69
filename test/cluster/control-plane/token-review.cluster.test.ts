// A token that is bound to a pod ends with the pod, where the platform asks the cluster: the STS of Podiam, a real API
// server's TokenReview, and a reviewer with no more rights than to ask.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createReviewToken, createStsHandler } from '../../../src/features/sts/index.ts';
import {
  connectWithToken,
  createKubernetesClient,
  parseAddress,
  reviewToken,
} from '../../../src/io/kubernetes/index.ts';
import { httpRequest, must, newClusterKey, newPlatform } from '../../features/platform.ts';
import { podSpec } from '../pods.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster();
const audience = 'podiam';
const pods = '/api/v1/namespaces/default/pods';
const accounts = '/api/v1/namespaces/default/serviceaccounts';

/** A tenant that trusts the cluster’s service account `my-app`, and wants the cluster asked about each token. */
async function believeCluster({ newTenant, ports }: ReturnType<typeof newPlatform>): Promise<string> {
  const { api, kubectl } = cluster();
  const { stdout: jwks } = await kubectl(['get', '--raw', '/openid/v1/jwks']);
  const { issuer: url } = z.object({ issuer: z.string() }).parse(await api.get('/.well-known/openid-configuration'));
  const { accountId, roleArn } = await newTenant(url, { ...newClusterKey(), jwks });
  const { issuers } = ports.registry.account(accountId);
  const [registered] = await issuers.withUrl(url);
  const settings = { tokenReview: { url: api.server } };
  must(await issuers.update(registered?.id ?? '', { settings }, { at: ports.now() }));
  return roleArn;
}

/** A service account that may ask about tokens, and nothing else. @returns its token */
async function makeReviewer(): Promise<string> {
  const { api, tokenOf } = cluster();
  await api.create(accounts, { metadata: { name: 'reviewer' } });
  await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'reviewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'reviewer', namespace: 'default' }],
  });
  return tokenOf('default', 'reviewer');
}

const uidShape = z.object({ metadata: z.object({ uid: z.string() }) });
const tokenShape = z.object({ status: z.object({ token: z.string() }) });

/** As the kubelet asks for it. */
async function tokenOfPod(name: string): Promise<string> {
  const { api } = cluster();
  const created = await api.create(pods, {
    metadata: { name },
    spec: podSpec('my-app'),
  });
  const { uid } = uidShape.parse(created).metadata;
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid };
  const spec = { audiences: [audience], expirationSeconds: 3600, boundObjectRef };
  return tokenShape.parse(await api.create(`${accounts}/my-app/token`, { spec })).status.token;
}

/** What becomes of an exchange: 200, or the code of the refusal. */
async function startSts(platform: ReturnType<typeof newPlatform>, role: string, reviewer: string) {
  const address = parseAddress(cluster().api.server);
  if ('problem' in address) throw new Error(address.problem);
  const client = createKubernetesClient(
    connectWithToken(address, reviewer, cluster().credentials.authority.certificate),
  );
  const { ports } = platform;
  const ask = (_: unknown, token: string, audiences: readonly string[]) => reviewToken(client, token, audiences);
  const review = createReviewToken({ ask, now: ports.now, log: ports.log, keptMs: 1000 });
  const handler = createStsHandler({ ...ports, reviewToken: review });
  return async (token: string) => {
    const body = new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: role,
      RoleSessionName: 'pod',
      WebIdentityToken: token,
    }).toString();
    platform.clock.now = Date.now();
    const response = await handler(httpRequest({ method: 'POST', target: '/', body }));
    return /<Code>(\w+)/.exec(String(response.body))?.[1] ?? response.status;
  };
}

test('a deleted pod’s token opens nothing any more, and that of the pod beside it does', async () => {
  const platform = newPlatform();
  platform.clock.now = Date.now();
  await cluster().api.create(accounts, { metadata: { name: 'my-app' } });
  const exchange = await startSts(platform, await believeCluster(platform), await makeReviewer());
  const [kept, gone] = [await tokenOfPod('kept'), await tokenOfPod('gone')];
  expect([await exchange(kept), await exchange(gone)]).toEqual([200, 200]);
  await cluster().api.delete(`${pods}/gone?gracePeriodSeconds=0`);
  // API servers remember for ten seconds that a token was good.
  await expect.poll(() => exchange(gone), { timeout: 60_000, interval: 500 }).toBe('IDPRejectedClaim');
  expect(await exchange(kept)).toBe(200);
});
