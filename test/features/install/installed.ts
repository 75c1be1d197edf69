// What `podiam install` prints or refuses, for tests of a part of it.
import { z } from 'zod';
import { runInstall } from '../../../tools/chart/chart.ts';

export const image = '--image=registry.example.com/podiam:0.1.0';

const objectShape = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()) }),
});
const listShape = z.object({ items: z.array(objectShape) });

export type InstalledObject = z.infer<typeof objectShape>;

/** @throws Error with what it says where it refuses */
export async function installed(...flags: readonly string[]): Promise<readonly InstalledObject[]> {
  const { errors, output } = await runInstall([image, '--output=json', ...flags]);
  if (errors !== '') throw new Error(errors);
  return listShape.parse(JSON.parse(output)).items;
}

const deploymentShape = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.tuple([z.unknown()]) }) }) }),
});

export async function containerOf(...flags: readonly string[]): Promise<unknown> {
  const deployment = (await installed(...flags)).find(({ kind }) => kind === 'Deployment');
  return deploymentShape.parse(deployment).spec.template.spec.containers[0];
}

const argumentsShape = z.object({ args: z.array(z.string()) });

export async function argumentsOf(...flags: readonly string[]): Promise<readonly string[]> {
  return argumentsShape.parse(await containerOf(...flags)).args;
}
