// The demonstration's manifests from examples/, with the two values that whoever deploys has to fill in.
import { parse } from 'yaml';
import { z } from 'zod';
import { readText } from '../../io/files/index.ts';
import { example } from './world.ts';

const serviceAccountShape = z.looseObject({
  metadata: z.looseObject({
    namespace: z.string(),
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});
const podShape = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({ env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]) }),
    ),
  }),
});

async function manifest<Shape extends z.ZodType>(path: string, shape: Shape): Promise<z.infer<Shape>> {
  const value: unknown = parse(await readText(example(path)));
  return shape.parse(value);
}

/** The service account, naming the role by its ARN in this run's account. */
export async function serviceAccountManifest(roleArn: string) {
  const found = await manifest('pod-app/serviceaccount.yaml', serviceAccountShape);
  const annotations = { ...found.metadata.annotations, 'podiam.dev/role-arn': roleArn };
  return { ...found, metadata: { ...found.metadata, annotations } };
}

/** The pod, told where the API is. */
export async function podManifest(apiUrl: string) {
  const found = await manifest('pod-app/pod.yaml', podShape);
  const containers = found.spec.containers.map((container) => ({
    ...container,
    env: container.env.map((entry) => (entry.name === 'COMPUTE_API_URL' ? { ...entry, value: apiUrl } : entry)),
  }));
  return { ...found, spec: { ...found.spec, containers } };
}
