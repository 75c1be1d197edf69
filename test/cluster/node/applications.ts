// The story's applications: the example's pod, who runs it, and what it and its neighbours told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { JsonObject } from '../../../src/core/injection/index.ts';
import type { NodeCluster } from '../node.ts';
import { kubectl } from './installed.ts';
import { applicationImage } from './programs.ts';

const example = join(import.meta.dirname, '..', '..', '..', 'examples', 'pod-app', 'pod.yaml');
const containerShape = z.looseObject({ env: z.array(z.looseObject({ name: z.string() })) });
const exampleShape = z.looseObject({ spec: z.looseObject({ containers: z.tuple([containerShape]) }) });

interface Variable {
  readonly name: string;
  readonly value: string;
}

export interface Application {
  readonly name: string;
  readonly serviceAccount: string;
  /** What the containers have in their environment by themselves. */
  readonly environment: readonly Variable[];
  /** Of the pod. */
  readonly securityContext?: JsonObject;
  /** Of the containers, in place of the example's. */
  readonly containerSecurityContext?: JsonObject;
}

/** The example's pod as it is, and beside its container one that tells what it sees. */
export function applicationPod(application: Application): JsonObject {
  const { containerSecurityContext, environment, name, securityContext = {}, serviceAccount } = application;
  const { spec } = exampleShape.parse(parse(readFileSync(example, 'utf8')));
  const [container] = spec.containers;
  const given = new Set(environment.map((variable) => variable.name));
  const app = {
    ...container,
    env: [...container.env.filter((variable) => !given.has(variable.name)), ...environment],
    ...(containerSecurityContext && { securityContext: containerSecurityContext }),
  };
  const look = { ...app, name: 'look', command: ['node', 'look.mjs'] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      ...spec,
      serviceAccountName: serviceAccount,
      restartPolicy: 'Never',
      securityContext,
      containers: [app, look],
    },
  };
}

/** Its one container runs a program of the application's image. */
export function programPod(name: string, serviceAccount: string, program: string): JsonObject {
  const container = { name: 'app', image: applicationImage, workingDir: '/app', command: ['node', program] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { serviceAccountName: serviceAccount, containers: [container] },
  };
}

/** What a container printed: a JSON object a line. */
export async function told(
  cluster: NodeCluster,
  namespace: string,
  pod: string,
  container: string,
): Promise<readonly unknown[]> {
  const text = await kubectl(cluster, ['logs', pod, '-c', container, `--namespace=${namespace}`]);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));
}

const phaseShape = z.object({ status: z.object({ phase: z.string() }) });

export async function phaseOf({ api }: NodeCluster, namespace: string, name: string): Promise<string> {
  return phaseShape.parse(await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`)).status.phase;
}
