// The platform on real sockets, with one account, a cluster that it believes and two roles; and all that comes over the
// wire, for the tests to look at.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { oidcProviderArn, roleArn, serviceAccountSubject } from '../../src/core/identity/index.ts';
import { Refusal } from '../../src/core/refusals/index.ts';
import { parseRouteTable } from '../../src/core/routes/index.ts';
import { type HttpHandler, header, jsonResponse, parseQueryForm } from '../../src/core/wire/index.ts';
import { createGateway } from '../../src/features/gateway/index.ts';
import { createRole, openAccount, registerIssuer } from '../../src/features/iam/index.ts';
import { createSts, type StsPorts } from '../../src/features/sts/index.ts';
import { createForwarder, type RunningServer, serve } from '../../src/io/http/index.ts';
import type { NewIssuer } from '../../src/io/sql/index.ts';
import { selfSignedServer } from '../../src/io/tls/index.ts';
import { clusterToken, must, newClusterKey, newPlatform, type TokenOptions } from '../features/platform.ts';
import { type AdmittedPod, admitToRun, type ProfileName, profiles, serviceAccount } from './admitted-pod.ts';

const issuer = 'https://oidc.example.com/clusters/1';
/** Of the same account; each test says what is wrong with it. */
export const otherIssuer = 'https://oidc.example.com/clusters/2';

const audiences = Object.values(profiles).map(({ profile }) => profile.audience);

/** One call of the STS, as it came and as it was answered. */
export interface Seen {
  readonly action: string;
  readonly path: string;
  readonly status: number;
  /** Empty where it was granted. */
  readonly code: string;
  readonly requestId: string;
  readonly token: string;
  /** The access key that was given out. */
  readonly issued: string;
  /** Of whoever signed it. */
  readonly accessKeyId: string;
  readonly userAgent: string;
}

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

function trustOf(accountId: string): string {
  const conditions = (url: string) => {
    const host = url.replace('https://', '');
    return { [`${host}:sub`]: serviceAccountSubject(serviceAccount), [`${host}:aud`]: audiences };
  };
  const statements = [issuer, otherIssuer].map((url) => ({
    Effect: 'Allow',
    Principal: { Federated: oidcProviderArn(accountId, url) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: conditions(url) },
  }));
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** The account: `my-app`, which the pod assumes and which may look at instances, and `next`, which it may go on to. */
async function furnish({ ports }: ReturnType<typeof newPlatform>) {
  const { account } = must(await openAccount(ports, 'tenant'));
  const accountId = account.id;
  const key = newClusterKey();
  must(await registerIssuer(ports, { accountId, url: issuer, audiences, jwks: key.jwks }));
  const { issuers } = ports.registry.account(accountId);
  const register = async (changed: Pick<NewIssuer, 'jwks' | 'settings'>) =>
    must(
      await issuers.create({
        id: 'other',
        kind: 'external',
        sourceId: '',
        thumbprints: [],
        tags: [],
        url: otherIssuer,
        audiences,
        createdAt: Date.now(),
        ...changed,
      }),
    );
  const arnOf = (name: string) => roleArn({ partition: 'aws', account: accountId, path: '/', name });
  const look = document({ Effect: 'Allow', Action: ['compute:List*', 'compute:Get*'], Resource: '*' });
  const goOn = document({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: arnOf('next') });
  const permissions = [
    { name: 'look', document: look },
    { name: 'go-on', document: goOn },
  ];
  const app = must(
    await createRole(ports, { accountId, name: 'my-app', trustPolicy: trustOf(accountId), permissions }),
  );
  const fromApp = document({ Effect: 'Allow', Principal: { AWS: arnOf('my-app') }, Action: 'sts:AssumeRole' });
  must(await createRole(ports, { accountId, name: 'next', trustPolicy: fromApp, permissions: [] }));
  return {
    accountId,
    key,
    role: app,
    roleArn: arnOf('my-app'),
    nextRoleArn: arnOf('next'),
    provider: oidcProviderArn(accountId, issuer),
    /** A cluster whose keys cannot be had, until they are uploaded. */
    registerWithoutKeys: async () => {
      await register({ jwks: '', settings: { isCluster: true } });
      return async () => void must(await issuers.update('other', { jwks: key.jwks }, { at: Date.now() }));
    },
    /** A cluster that is asked about each token. */
    registerReviewed: () =>
      register({ jwks: key.jwks, settings: { isCluster: true, tokenReview: { url: 'https://127.0.0.1:6443' } } }),
  };
}

function seenIn(request: Parameters<HttpHandler>[0], body: string, status: number): Seen {
  const parsed = parseQueryForm(Buffer.from(request.body).toString());
  const parameters = parsed instanceof Refusal ? new Map<string, string>() : parsed;
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  return {
    action: parameters.get('Action') ?? '',
    path: request.path,
    status,
    code: element('Code'),
    requestId: element('RequestId'),
    token: parameters.get('WebIdentityToken')?.trim() ?? '',
    issued: element('AccessKeyId'),
    accessKeyId: /Credential=(\w+)\//.exec(header(request, 'authorization') ?? '')?.[1] ?? '',
    userAgent: header(request, 'user-agent') ?? '',
  };
}

const resource = 'arn:aws:compute::{account}:instance/*';
const routes = must(
  parseRouteTable({
    service: 'compute',
    routes: [
      { method: 'GET', path: '/v1/instances', action: 'compute:ListInstances', resource },
      { method: 'POST', path: '/v1/instances', action: 'compute:CreateInstance', resource },
    ],
  }),
);

/** The API behind the gateway: tells what reached it. */
const api: HttpHandler = (request) =>
  jsonResponse(200, {
    target: request.target,
    principal: header(request, 'x-podiam-principal'),
    authorization: header(request, 'authorization') ?? null,
  });

function closing(server: RunningServer): RunningServer {
  onTestFinished(() => server.close({ graceMs: 0 }));
  return server;
}

async function serveGateway(ports: ReturnType<typeof newPlatform>['ports']): Promise<RunningServer> {
  const upstream = closing(await serve({ host: '127.0.0.1', port: 0, handler: api }));
  const forwarder = createForwarder({ upstream: { host: '127.0.0.1', port: upstream.port } });
  onTestFinished(() => forwarder.close());
  const handler = createGateway({ ...ports, routes, forward: forwarder.forward });
  return closing(await serve({ host: '127.0.0.1', port: 0, handler }));
}

export interface StageOptions {
  readonly profile?: ProfileName;
  /** Over TLS, with an authority of its own. */
  readonly encrypted?: boolean;
  readonly ports?: Partial<StsPorts>;
  /** Between the STS and its records. */
  readonly wrapRegistry?: (registry: StsPorts['registry']) => StsPorts['registry'];
}

export async function newStage(options: StageOptions = {}) {
  const { profile = 'podiam', encrypted = false, ports: changed = {}, wrapRegistry = (registry) => registry } = options;
  const platform = newPlatform();
  /** How far the platform's clock is ahead of this machine's, in milliseconds; behind, where it is negative. */
  const skew = { now: 0 };
  Object.defineProperty(platform.clock, 'now', { get: () => Date.now() + skew.now });
  const tenant = await furnish(platform);
  const root = mkdtempSync(join(tmpdir(), 'podiam-sdks-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));

  const sts = createSts({ ...platform.ports, registry: wrapRegistry(platform.ports.registry), ...changed }).handler;
  const wire: Seen[] = [];
  const hooks: { afterAnswer: (seen: Seen) => Promise<void> | void; issuedAgo: number } = {
    afterAnswer: () => {},
    issuedAgo: 0,
  };
  const handler: HttpHandler = async (request) => {
    // An exchange answered as it would have been so many seconds ago leaves a session that ends that much sooner: the
    // clocks of SDKs cannot be moved.
    const isExchange = Buffer.from(request.body).includes('Action=AssumeRoleWithWebIdentity');
    if (isExchange) skew.now -= hooks.issuedAgo * 1000;
    const response = await sts(request);
    if (isExchange) skew.now += hooks.issuedAgo * 1000;
    const seen = seenIn(request, String(response.body), response.status);
    wire.push(seen);
    await hooks.afterAnswer(seen);
    return response;
  };
  const authority = await selfSignedServer(
    { commonName: 'podiam-sts', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
    { now: Date.now(), days: 1 },
  );
  const tls = encrypted ? { tls: { key: authority.privateKey, cert: authority.certificate } } : {};
  const { url } = closing(await serve({ host: '127.0.0.1', port: 0, handler, ...tls }));
  const authorityFile = join(root, 'authority.pem');
  writeFileSync(authorityFile, authority.caCertificate);

  const pod: AdmittedPod = admitToRun({ profile, stsUrl: url, roleArn: tenant.roleArn, root });
  const token = (options: Partial<TokenOptions> = {}) =>
    clusterToken({ key: tenant.key, issuer, audiences: [pod.audience], issuedAt: Date.now() - 1000, ...options });
  pod.projectToken(await token());
  const exchanges = () => wire.filter(({ action }) => action === 'AssumeRoleWithWebIdentity');
  const startGateway = () => serveGateway(platform.ports);
  return { ...platform, tenant, wire, exchanges, hooks, skew, url, pod, token, authorityFile, startGateway };
}

export type Stage = Awaited<ReturnType<typeof newStage>>;

/** What the API behind the gateway tells, or the gateway's own refusal. */
export const apiAnswerShape = z.looseObject({
  target: z.string().optional(),
  principal: z.string().optional(),
  authorization: z.string().nullable().optional(),
  code: z.string().optional(),
});
