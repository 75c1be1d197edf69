// A token that is bound to a pod ends with the pod, where the platform asks the cluster: the process of `podiam platform`, a
// real API server's TokenReview, and a reviewer as docs/platform.md has it made, with no more rights than to ask.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { exchange, podiam, startPodiam, temporaryFolder } from '../../cli/podiam.ts';
import { podSpec } from '../pods.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster();
const audience = 'podiam';
const pods = '/api/v1/namespaces/default/pods';
const accounts = '/api/v1/namespaces/default/serviceaccounts';
/** API servers remember for ten seconds what they said of a token, and the platform for five. */
const remembered = { timeout: 60_000, interval: 500 };

/** What the page has its reader do in the cluster: commands of kubectl that make something, the token's as the last. */
function makeReviewer(): readonly (readonly string[])[] {
  const page = readFileSync('docs/platform.md', 'utf8');
  const commands = [...page.matchAll(/^kubectl (create .*podiam-reviewer[^>\n]*)/gm)];
  return commands.map(([, words = '']) => words.trim().split(' '));
}

async function run(words: readonly string[] | undefined): Promise<string> {
  const { code, stderr, stdout } = await cluster().kubectl(words ?? []);
  expect({ code, stderr }, words?.join(' ')).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const opened = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });

async function startPlatform() {
  const data = await temporaryFolder();
  const free = ['--port', '0', '--metrics-port', '0', '--drain-seconds', '0'];
  const platform = startPodiam(['platform', '--data', data, ...free, '--allow-private-issuers']);
  const [, api = ''] = await platform.saidOnError(/"api":"([^"]+)".*"it listens"/);
  await platform.saidOnError(/"the platform is ready"/);
  const run = await podiam(['platform', 'account', 'create', '--name', 'acme', '--data', data, '--output', 'json']);
  const { id: accountId, root_key: root } = opened.parse(JSON.parse(run.stdout));
  const call = async (method: string, path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${root.bearer}` };
    const response = await fetch(`${api}${path}`, { method, headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };
  return { accountId, api, call, log: platform.stderr };
}

type Platform = Awaited<ReturnType<typeof startPlatform>>;

const keySet = z.object({ keys: z.array(z.unknown()) });
const made = z.object({ issuer: z.object({ id: z.string(), token_review: z.looseObject({ url: z.string() }) }) });

/** A cluster that is registered with its keys, and asked about each token. @returns where it stands in the API */
async function register({ call }: Platform, token: string): Promise<string> {
  const { api, credentials } = cluster();
  const { issuer: uri } = z.object({ issuer: z.string() }).parse(await api.get('/.well-known/openid-configuration'));
  const { keys } = keySet.parse(JSON.parse(await run(['get', '--raw', '/openid/v1/jwks'])));
  const review = { url: api.server, certificate_authority: credentials.authority.certificate, token };
  const { status, text } = await call('POST', '/v2/oidc/issuer', {
    source: 'external',
    uri,
    keys,
    token_review: review,
  });
  expect([status, text]).toEqual([201, expect.not.stringContaining(token.trim())]);
  return `/v2/oidc/issuer/${made.parse(JSON.parse(text)).issuer.id}`;
}

async function makeRole({ accountId, call }: Platform): Promise<string> {
  const { issuer } = z
    .object({ issuer: z.string() })
    .parse(await cluster().api.get('/.well-known/openid-configuration'));
  const provider = issuer.replace('https://', '');
  const subject = 'system:serviceaccount:default:my-app';
  const statement = {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:sub`]: subject, [`${provider}:aud`]: audience } },
  };
  const trust_policy = { Version: '2012-10-17', Statement: [statement] };
  expect((await call('POST', '/v2/roles', { name: 'my-app', trust_policy })).status).toBe(201);
  return `arn:aws:iam::${accountId}:role/my-app`;
}

const uidShape = z.object({ metadata: z.object({ uid: z.string() }) });
const tokenShape = z.object({ status: z.object({ token: z.string() }) });

/** As the kubelet asks for it; another one each time, which nobody was asked about. */
async function createPod(name: string): Promise<() => Promise<string>> {
  const { api } = cluster();
  const created = await api.create(pods, { metadata: { name }, spec: podSpec('my-app') });
  const { uid } = uidShape.parse(created).metadata;
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name, uid };
  const spec = { audiences: [audience], expirationSeconds: 3600, boundObjectRef };
  return async () => tokenShape.parse(await api.create(`${accounts}/my-app/token`, { spec })).status.token;
}

/** What becomes of a token at both doors: 200, or the code of the refusal. */
function doorsOf({ api }: Platform, role: string) {
  return async (token: string) => {
    const { body, status } = await exchange(api, role, token);
    const target = `${api}/v2/oidc/token?role=${encodeURIComponent(role)}`;
    const direct = await fetch(target, { headers: { authorization: `Bearer ${token}` } });
    const { code } = z.object({ code: z.string().optional() }).parse(await direct.json());
    return [/<Code>(\w+)/.exec(body)?.[1] ?? status, code ?? direct.status];
  };
}

const all = (code: string | number) => [code, code];

test('a deleted pod’s token opens nothing any more at any door, and that of the pod beside it does', async () => {
  const [account, binding, token] = makeReviewer();
  await run(account);
  await run(binding);
  await cluster().api.create(accounts, { metadata: { name: 'my-app' } });
  const platform = await startPlatform();
  const issuer = await register(platform, await run(token));
  const attempt = doorsOf(platform, await makeRole(platform));
  const [tokenOfKept, tokenOfGone] = [await createPod('kept'), await createPod('gone')];
  const [kept, gone] = [await tokenOfKept(), await tokenOfGone()];
  expect([await attempt(kept), await attempt(gone)]).toEqual([all(200), all(200)]);
  await cluster().api.delete(`${pods}/gone?gracePeriodSeconds=0`);
  await expect.poll(() => attempt(gone), remembered).toEqual(all('IDPRejectedClaim'));
  expect(await attempt(kept)).toEqual(all(200));

  // A reviewer who lost the right, and then is not there any more: refused until the owner has given another.
  const outcome = async () => attempt(await tokenOfKept());
  await run(['delete', 'clusterrolebinding', 'podiam-reviewer']);
  await expect.poll(outcome, remembered).toEqual(all('IDPCommunicationError'));
  expect(platform.log()).toContain('the API server does not let the reviewer create TokenReviews');
  await run(binding);
  await expect.poll(outcome, remembered).toEqual(all(200));
  await run(['delete', 'serviceaccount', 'podiam-reviewer', '--namespace', 'kube-system']);
  await expect.poll(outcome, remembered).toEqual(all('IDPCommunicationError'));
  expect(platform.log()).toContain('the API server does not know the reviewer’s token: it expired or was revoked');
  await run(account);
  const renewed = await platform.call('PATCH', issuer, { token_review: { token: await run(token) } });
  expect(renewed.status).toBe(200);
  expect(await outcome()).toEqual(all(200));
  for (const secret of [kept, gone]) expect(platform.log()).not.toContain(secret);
});
