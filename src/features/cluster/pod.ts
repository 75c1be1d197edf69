// What the kubelet and the container runtime make of a Pod, as far as one machine without containers can show it: the
// token files that its volumes project, and the process that its first container runs. Kubernetes API reference,
// "Pod v1 core": Volume (projected, emptyDir), Container (env, workingDir, command, args).
import { z } from 'zod';
import { type Refusal, refuse } from '../../core/refusals/index.ts';

const tokenSource = z.object({
  audience: z.string().optional(),
  expirationSeconds: z.number().int().default(3600),
  path: z.string().min(1),
});
const volumeSchema = z.object({
  name: z.string(),
  projected: z.object({ sources: z.array(z.object({ serviceAccountToken: tokenSource.optional() })) }).optional(),
  emptyDir: z.object({}).optional(),
});
const containerSchema = z.object({
  name: z.string(),
  workingDir: z.string().default('/'),
  command: z.array(z.string()).min(1),
  args: z.array(z.string()).default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().default(''),
        valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
      }),
    )
    .default([]),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string().startsWith('/') })).default([]),
});
const podSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default('default') }),
  spec: z.object({
    serviceAccountName: z.string().default('default'),
    volumes: z.array(volumeSchema).default([]),
    containers: z.tuple([containerSchema]).rest(containerSchema),
  }),
});

export type Pod = z.infer<typeof podSchema>;

/** Reads what counts here from a Pod manifest. */
export function parsePod(manifest: unknown): Pod | Refusal {
  const parsed = podSchema.safeParse(manifest);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse('pod-not-runnable', { where: issue?.path.join('.') ?? '', problem: issue?.message ?? '' });
}

export interface ProjectedToken {
  /** Where the container sees it. */
  readonly file: string;
  /** Undefined: the cluster's own audience. */
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
}

/** The token files that the first container finds below its mounts. */
export function projectedTokens(pod: Pod): ProjectedToken[] {
  const [container] = pod.spec.containers;
  return container.volumeMounts.flatMap((mount) => {
    const volume = pod.spec.volumes.find(({ name }) => name === mount.name);
    return (volume?.projected?.sources ?? []).flatMap(({ serviceAccountToken: token }) =>
      token === undefined
        ? []
        : [
            {
              file: `${mount.mountPath}/${token.path}`,
              audience: token.audience,
              expirationSeconds: token.expirationSeconds,
            },
          ],
    );
  });
}

/** The folders that exist because a volume is mounted there. */
export function mountedFolders(pod: Pod): string[] {
  return pod.spec.containers[0].volumeMounts.map(({ mountPath }) => mountPath);
}

export interface ContainerProcess {
  readonly command: string;
  readonly args: readonly string[];
  /** Where the container's working directory lies on this machine. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

const fields: Readonly<Record<string, (pod: Pod) => string>> = {
  'metadata.name': (pod) => pod.metadata.name,
  'metadata.namespace': (pod) => pod.metadata.namespace,
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName,
};

/**
 * The first container's process, its environment exactly the pod's. With no container runtime at hand, `root` stands for
 * the container's file system: a value that is a path below a mount gets it as prefix.
 */
export function containerProcess(pod: Pod, root: string): ContainerProcess {
  const [container] = pod.spec.containers;
  const mounts = mountedFolders(pod);
  const placed = (value: string) =>
    mounts.some((mount) => value === mount || value.startsWith(`${mount}/`)) ? `${root}${value}` : value;
  const [command = '', ...args] = container.command;
  const environment = Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => {
      const field = valueFrom && fields[valueFrom.fieldRef.fieldPath];
      return [name, placed(field ? field(pod) : value)];
    }),
  );
  return { command, args: [...args, ...container.args], cwd: `${root}${container.workingDir}`, environment };
}
