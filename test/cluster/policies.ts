// Admission policies on a real API server: installed for the namespaces of one group, so that several sets of them can
// stand side by side, and what became of a pod beside what would without them.
import type { PolicyObject } from '../../src/core/admission-policy/index.ts';
import { isObject, type JsonObject, objectOf } from '../../src/core/injection/index.ts';
import type { InjectionCase } from '../core/injection/cases.ts';
import type { Api, ApiAnswer } from './api.ts';

const groupLabel = 'podiam.test/group';

/** A namespace's labels in a group; of no group, no policy is about it. */
export const inGroup = (group: string): Readonly<Record<string, string>> => ({ [groupLabel]: group });

const plurals: Readonly<Record<string, string>> = {
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: 'mutatingadmissionpolicybindings',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

function narrowed(constraints: JsonObject, group: string): JsonObject {
  const selector = objectOf(constraints, 'namespaceSelector') ?? {};
  const expressions = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'] : [];
  const only = { key: groupLabel, operator: 'In', values: [group] };
  return { ...constraints, namespaceSelector: { matchExpressions: [...expressions, only] } };
}

/** The object as it is, but for its name and the namespaces that it is about. */
function ofGroup(object: PolicyObject, group: string): PolicyObject {
  const nameIn = (name: unknown) => `${group}.${String(name)}`;
  const { metadata, spec } = object;
  const constraints = objectOf(spec, 'matchConstraints');
  return {
    ...object,
    metadata: { ...metadata, name: nameIn(metadata.name) },
    spec: {
      ...spec,
      ...(constraints && { matchConstraints: narrowed(constraints, group) }),
      ...(spec['policyName'] !== undefined && { policyName: nameIn(spec['policyName']) }),
    },
  };
}

export async function applyPolicy(api: Api, object: PolicyObject): Promise<void> {
  await api.apply(`/apis/${object.apiVersion}/${plurals[object.kind]}/${object.metadata.name}`, object);
}

/** They take effect a moment later. */
export async function installPolicies(api: Api, group: string, objects: readonly PolicyObject[]): Promise<void> {
  // Those of the system's namespace are the same once more.
  const ordinary = objects.filter(({ metadata }) => !metadata.name.startsWith('kube-system'));
  for (const object of ordinary) await applyPolicy(api, ofGroup(object, group));
}

/** Without a token of its own for the API server, a pod is what was written. */
export function serviceAccount(name: string, annotations?: JsonObject) {
  const texts = Object.entries(annotations ?? {}).map(([key, value]) => [key, String(value)]);
  return {
    metadata: { name, ...(annotations && { annotations: Object.fromEntries(texts) }) },
    automountServiceAccountToken: false,
  };
}

const podsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

/** Makes the pod of an update of ephemeral containers, before any policy is about it. */
export async function createPodBefore(api: Api, namespace: string, { before, pod }: InjectionCase): Promise<void> {
  const spec = isObject(before) ? objectOf(before, 'spec') : undefined;
  const after = isObject(pod) ? objectOf(pod, 'spec') : undefined;
  if (spec === undefined || !isObject(before)) return;
  const { ephemeralContainers, ...ordinary } = spec;
  // Volumes cannot come later, whatever a case says.
  const created = await api.create(podsIn(namespace), {
    ...before,
    spec: { ...ordinary, volumes: after?.['volumes'] },
  });
  if (ephemeralContainers !== undefined) await updateEphemeral(api, created, ephemeralContainers, '');
}

async function updateEphemeral(api: Api, pod: JsonObject, containers: unknown, query: string) {
  const { name, namespace } = objectOf(pod, 'metadata') ?? {};
  const body = { ...pod, spec: { ...objectOf(pod, 'spec'), ephemeralContainers: containers } };
  return api.call(`${podsIn(String(namespace))}/${String(name)}/ephemeralcontainers${query}`, { method: 'PUT', body });
}

/** Submits the pod in a dry run: as a new one, or where there is one before, as an update of its ephemeral containers. */
export async function submitPod(api: Api, namespace: string, pod: unknown, before: unknown): Promise<ApiAnswer> {
  if (before === undefined) return api.call(`${podsIn(namespace)}?dryRun=All`, { method: 'POST', body: pod });
  const name = String((isObject(before) ? objectOf(before, 'metadata') : undefined)?.['name']);
  const current = await api.get(`${podsIn(namespace)}/${name}`);
  const containers = (isObject(pod) ? objectOf(pod, 'spec') : undefined)?.['ephemeralContainers'];
  return updateEphemeral(api, current, containers, '?dryRun=All');
}

/** What a policy says, without the API server's words about which one it is. */
export function toldBy({ warnings }: ApiAnswer): readonly string[] {
  return warnings.flatMap((warning) => {
    const [, text] =
      /^Validation failed for ValidatingAdmissionPolicy '[^']*' with binding '[^']*': ([^]*)$/.exec(warning) ?? [];
    return text === undefined ? [] : [text];
  });
}
