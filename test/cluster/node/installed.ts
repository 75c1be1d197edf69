// Podiam on a node as its users have it: what `podiam install` prints is applied, and its own image runs.
import { z } from 'zod';
import { packPodiam, podiamImage } from '../images.ts';
import type { NodeCluster } from '../node.ts';
import { installation } from '../webhook.ts';

export const webhookNamespace = 'podiam-system';
export const webhookName = 'podiam-webhook';

/** Both the webhook's image and the platform's. */
export async function importPodiam(cluster: NodeCluster): Promise<void> {
  await cluster.importImage(podiamImage, packPodiam());
}

/** @throws Error with what kubectl says where it fails */
export async function kubectl({ kubectl: run }: NodeCluster, args: readonly string[], input?: string): Promise<string> {
  const { code, stderr, stdout } = await run(args, input);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Nothing is changed but for where the image comes from: nodes have it already. */
export async function installPodiam(cluster: NodeCluster, flags: readonly string[]): Promise<void> {
  const items = await installation([`--image=${podiamImage}`, '--image-pull-policy=Never', ...flags]);
  await kubectl(cluster, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

export async function untilRolledOut(cluster: NodeCluster, namespace: string, name: string): Promise<void> {
  await kubectl(cluster, ['rollout', 'status', `deployment/${name}`, `--namespace=${namespace}`, '--timeout=100s']);
}

const podsShape = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        containerStatuses: z.array(z.object({ restartCount: z.number() })).default([]),
      }),
    }),
  ),
});

export interface WebhookPod {
  readonly name: string;
  readonly isReady: boolean;
  readonly restarts: number;
}

/** Those that end are among them until they are gone. */
export async function webhookPods({ api }: NodeCluster): Promise<readonly WebhookPod[]> {
  const { items } = podsShape.parse(await api.get(`/api/v1/namespaces/${webhookNamespace}/pods`));
  return items.map(({ metadata, status }) => ({
    name: metadata.name,
    isReady:
      metadata.deletionTimestamp === undefined &&
      status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    restarts: status.containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
  }));
}
