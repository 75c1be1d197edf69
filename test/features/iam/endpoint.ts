// The IAM API and the STS on one listener, as SDKs find them, over a real registry.
import { IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { signRequest } from '../../../src/core/credentials/index.ts';
import { type Refusal, refuse } from '../../../src/core/refusals/index.ts';
import { type HttpRequest, isIamCall } from '../../../src/core/wire/index.ts';
import { createIamHandler, createRole, type IamApiPorts } from '../../../src/features/iam/index.ts';
import { createSts } from '../../../src/features/sts/index.ts';
import { serve } from '../../../src/io/http/index.ts';
import { clusterToken, httpRequest, must, newClusterKey, newPlatform } from '../platform.ts';

const issuer = 'https://oidc.example.com/clusters/1';
const key = newClusterKey();

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The trust policy of a role for one service account of the tenant's cluster. */
export const trustFor = (accountId: string, subject = 'system:serviceaccount:default:my-app') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/oidc.example.com/clusters/1` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { 'oidc.example.com/clusters/1:sub': subject, 'oidc.example.com/clusters/1:aud': 'podiam' },
        },
      },
    ],
  });

export const allowing = (action: string | readonly string[], resource: string | readonly string[] = '*', more = {}) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource, ...more }],
  });

/** Two tenants at one endpoint. The platform's clock is the machine's, since SDKs sign with that. */
export async function setUp(changed: Partial<IamApiPorts> = {}, options: Parameters<typeof newPlatform>[0] = {}) {
  const platform = newPlatform(options);
  const { clock } = platform;
  clock.now = Date.now();
  const unreachable = new Map<string, Refusal>([
    [
      'https://nowhere.example.com',
      refuse('document-unreachable', { host: 'nowhere.example.com', problem: 'no network' }),
    ],
  ]);
  const ports: IamApiPorts = {
    ...platform.ports,
    checkIssuer: ({ url }) => Promise.resolve(unreachable.get(url)),
    ...changed,
  };
  const tenant = await platform.newTenant(issuer, key);
  const other = await platform.newTenant(issuer, key);
  const iam = createIamHandler(ports);
  const sts = createSts(platform.ports).handler;
  const handler = (request: HttpRequest) => (isIamCall(request) ? iam(request) : sts(request));
  const server = await serve({ host: '127.0.0.1', port: 0, handler });
  const endpoint = `http://127.0.0.1:${server.port}`;

  const clientOf = (credentials: Credentials) =>
    new IAMClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
  const stsClient = new STSClient({ region: 'us-east-1', endpoint, maxAttempts: 1 });

  /** A session of the role, by the token of a service account, as a pod gets it. */
  async function assume(roleArn: string, policy?: string): Promise<Credentials> {
    const { Credentials: given } = await stsClient.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: 'session',
        WebIdentityToken: await clusterToken({ key, issuer, issuedAt: clock.now }),
        Policy: policy,
      }),
    );
    return {
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    };
  }

  /** A session of a new role that has this permission policy. */
  async function sessionWith(
    name: string,
    document: string,
    more: { permissionsBoundary?: string; policy?: string } = {},
  ) {
    const { accountId } = tenant;
    const { policy, ...given } = more;
    const permissions = [{ name: 'own', document }];
    must(
      await createRole(platform.ports, { accountId, name, trustPolicy: trustFor(accountId), permissions, ...given }),
    );
    return clientOf(await assume(`arn:aws:iam::${accountId}:role/${name}`, policy));
  }

  /** A signed form of one's own, for what no SDK would send. */
  async function post(form: string, credentials: Credentials = tenant.rootKey, service = 'iam', accept = '*/*') {
    const request = httpRequest({ method: 'POST', target: '/', headers: { accept }, body: form });
    const signed = must(signRequest(request, { ...credentials, region: 'us-east-1', service, now: clock.now }));
    return iam(httpRequest({ method: 'POST', target: '/', headers: { accept, ...signed }, body: form }));
  }

  const audit = async (accountId = tenant.accountId) =>
    (await platform.ports.registry.account(accountId).audit.list({ limit: 1000 })).items;

  onTestFinished(async () => {
    stsClient.destroy();
    await server.close({ graceMs: 0 });
  });
  return {
    ...platform,
    tenant,
    other,
    iam,
    endpoint,
    root: clientOf(tenant.rootKey),
    otherRoot: clientOf(other.rootKey),
    clientOf,
    sessionWith,
    assume,
    post,
    audit,
  };
}

/** The code and the message that a call is refused with; `taken` where it is not. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: string; message: string; status: number }> {
  try {
    await call;
    return { code: 'taken', message: '', status: 200 };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const metadata: unknown = '$metadata' in error ? error.$metadata : {};
    const status =
      typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : 0;
    return { code: error.name, message: error.message, status: Number(status) };
  }
}
