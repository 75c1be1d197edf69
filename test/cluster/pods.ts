// Pods for the tests, and what is read of them: whether each container has its role.
import { z } from 'zod';
import type { JsonObject } from '../../src/core/injection/index.ts';
import type { Cluster } from './access.ts';

export const roleArn = 'arn:aws:iam::111122223333:role/s3';
export const annotations = { 'eks.amazonaws.com/role-arn': roleArn };

/** A spec that Pod Security takes under `restricted`. */
export function podSpec(serviceAccountName: string): JsonObject {
  return {
    serviceAccountName,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'app',
        image: 'app:1',
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  };
}

export function pod(name: string, serviceAccountName: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: podSpec(serviceAccountName) };
}

const containerShape = z.object({
  name: z.string(),
  env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
  volumeMounts: z.array(z.object({ name: z.string() })).default([]),
});
const podShape = z.object({
  metadata: z.object({ name: z.string().optional(), uid: z.string().optional() }),
  spec: z.object({
    containers: z.array(containerShape),
    initContainers: z.array(containerShape).default([]),
    ephemeralContainers: z.array(containerShape).default([]),
    volumes: z.array(z.object({ name: z.string() })).default([]),
  }),
});

/** By container: the role that it is told, and whether it has the token. */
export function rolesIn(
  value: unknown,
): Readonly<Record<string, { readonly role: string; readonly hasToken: boolean }>> {
  const { spec } = podShape.parse(value);
  const all = [...spec.initContainers, ...spec.containers, ...spec.ephemeralContainers];
  return Object.fromEntries(
    all.map(({ env, name, volumeMounts }) => [
      name,
      {
        role: env.find((variable) => variable.name === 'AWS_ROLE_ARN')?.value ?? '',
        hasToken: volumeMounts.some((mount) => mount.name === 'aws-iam-token'),
      },
    ]),
  );
}

export const injected = { role: roleArn, hasToken: true };
export const notInjected = { role: '', hasToken: false };

/** A service account whose role is the one of these tests, unless others are given. */
export async function annotate(
  { api }: Cluster,
  namespace: string,
  name: string,
  given: Readonly<Record<string, string>> = annotations,
): Promise<void> {
  await api.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name, annotations: given } });
}

/** What becomes of a pod that is created and not kept. */
export function tryPod({ api }: Cluster, namespace: string, value: JsonObject) {
  return api.call(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, { method: 'POST', body: value });
}
