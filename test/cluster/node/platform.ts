// The platform of the story as pods of the cluster: `podiam platform` with STS, `/v2` and gateway, and behind the gateway
// the compute API of the examples.
import { z } from 'zod';
import {
  issuerHostAndPath,
  oidcProviderArn,
  roleArn,
  serviceAccountSubject,
} from '../../../src/core/identity/index.ts';
import { podiamImage } from '../images.ts';
import type { NodeCluster } from '../node.ts';
import { kubectl, untilRolledOut } from './installed.ts';

const namespace = 'platform';
const name = 'podiam-platform';
const host = `${name}.${namespace}.svc`;
const ports = { sts: 8480, gateway: 8481, metrics: 9480, compute: 9000 };

/** As pods reach them. */
export const stsUrl = `http://${host}:${ports.sts}`;
export const gatewayUrl = `http://${host}:${ports.gateway}`;

const examples = '/opt/podiam/examples/platform-api';

const computeApi = {
  name: 'compute',
  image: podiamImage,
  imagePullPolicy: 'Never',
  command: ['/usr/bin/node', `${examples}/server.mjs`],
  env: [{ name: 'PORT', value: String(ports.compute) }],
  // It ends with its standard input.
  stdin: true,
};

const data = '/data';

const platform = {
  name: 'platform',
  image: podiamImage,
  imagePullPolicy: 'Never',
  args: [
    'platform',
    `--data=${data}`,
    '--host=0.0.0.0',
    `--routes=${examples}/routes.yaml`,
    `--upstream=http://127.0.0.1:${ports.compute}`,
  ],
  readinessProbe: {
    httpGet: { path: '/readyz', port: ports.metrics },
    periodSeconds: 1,
    timeoutSeconds: 5,
    failureThreshold: 10,
  },
  volumeMounts: [{ name: 'data', mountPath: data }],
};

const labels = { app: name };
const manifests = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: { runAsNonRoot: true, runAsUser: 65_532, fsGroup: 65_532 },
          containers: [platform, computeApi],
          volumes: [{ name: 'data', emptyDir: {} }],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      selector: labels,
      ports: [
        { name: 'sts', port: ports.sts },
        { name: 'gateway', port: ports.gateway },
      ],
    },
  },
];

export async function startPlatform(cluster: NodeCluster): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: manifests };
  await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify(list));
  await untilRolledOut(cluster, namespace, name);
}

export interface Tenant {
  readonly accountId: string;
  /** Calls `/v2` with the account's root key, and gives the JSON of its answer. @throws Error unless it is 2xx */
  readonly call: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

const openedShape = z.object({ id: z.string(), root_key: z.object({ bearer: z.string() }) });
const serviceShape = z.object({ spec: z.object({ clusterIP: z.string() }) });

/** Opens an account as the operator does, in the platform's own pod. */
export async function openTenant(cluster: NodeCluster): Promise<Tenant> {
  const command = ['platform', 'account', 'create', '--name=story', `--data=${data}`, '--output=json'];
  const printed = await kubectl(cluster, [
    'exec',
    `deployment/${name}`,
    `--namespace=${namespace}`,
    '--container=platform',
    '--',
    '/podiam',
    ...command,
  ]);
  const { id, root_key: rootKey } = openedShape.parse(JSON.parse(printed));
  const { spec } = serviceShape.parse(await cluster.api.get(`/api/v1/namespaces/${namespace}/services/${name}`));
  return {
    accountId: id,
    call: async (method, path, body) => {
      const response = await fetch(`http://${spec.clusterIP}:${ports.sts}${path}`, {
        method,
        headers: { authorization: `Bearer ${rootKey.bearer}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${path}: ${text}`);
      const answer: unknown = JSON.parse(text);
      return answer;
    },
  };
}

const discoveryShape = z.object({ issuer: z.string() });
const keysShape = z.object({ keys: z.array(z.unknown()) });

/** Registers the cluster by what its API server publishes. @returns the issuer's URL */
export async function registerCluster(
  cluster: NodeCluster,
  tenant: Tenant,
  audiences: readonly string[],
): Promise<string> {
  const published = async (path: string): Promise<unknown> =>
    JSON.parse(await kubectl(cluster, ['get', '--raw', path]));
  const { issuer } = discoveryShape.parse(await published('/.well-known/openid-configuration'));
  const { keys } = keysShape.parse(await published('/openid/v1/jwks'));
  await tenant.call('POST', '/v2/oidc/issuer', { source: 'external', uri: issuer, audiences, keys });
  return issuer;
}

export interface NewRole {
  readonly name: string;
  readonly issuer: string;
  readonly namespace: string;
  readonly serviceAccounts: readonly string[];
  readonly audiences: readonly string[];
}

/** A role that these service accounts may assume, and that may look at instances and reboot them. @returns its ARN */
export async function makeRole(
  tenant: Tenant,
  { audiences, issuer, name, namespace, serviceAccounts }: NewRole,
): Promise<string> {
  const provider = issuerHostAndPath(issuer);
  const subjects = serviceAccounts.map((account) => serviceAccountSubject({ namespace, name: account }));
  const trusted = {
    Effect: 'Allow',
    Principal: { Federated: oidcProviderArn(tenant.accountId, issuer) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:sub`]: subjects, [`${provider}:aud`]: audiences } },
  };
  const allowed = { Effect: 'Allow', Action: ['compute:ListInstances', 'compute:RebootInstance'], Resource: '*' };
  const document = (statement: unknown) => ({ Version: '2012-10-17', Statement: [statement] });
  await tenant.call('POST', '/v2/roles', {
    name,
    trust_policy: document(trusted),
    policies: [{ name: 'look-and-reboot', document: document(allowed) }],
  });
  return roleArn({ partition: 'aws', account: tenant.accountId, path: '/', name });
}

const sessionsShape = z.object({
  sessions: z.array(
    z.object({ role_arn: z.string(), pod: z.object({ pod: z.string(), node: z.string() }).nullable() }),
  ),
});

/** The sessions that the platform gave away, newest first. */
export async function sessionsOf(tenant: Tenant) {
  return sessionsShape.parse(await tenant.call('GET', '/v2/sessions?per_page=500')).sessions;
}
