// Container credentials (EKS Pod Identity): instead of a role, the pod is told where the node's agent hands out
// credentials. Which service accounts are served so stands in a file that is watched.
import { type Refusal, refuse } from '../refusals/index.ts';
import { parseStrictJson } from '../wire/index.ts';
import { isList, isObject, textOf } from './fields.ts';

export interface ContainerCredentialsSettings {
  readonly audience: string;
  readonly volumeName: string;
  readonly mountPath: string;
  readonly tokenPath: string;
  /** Injected as AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly fullUri: string;
}

export const containerCredentialsDefaults: ContainerCredentialsSettings = {
  audience: 'pods.eks.amazonaws.com',
  volumeName: 'eks-pod-identity-token',
  mountPath: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount',
  tokenPath: 'eks-pod-identity-token',
  fullUri: 'http://169.254.170.23/v1/credentials',
};

/** By this label Amazon's network policies know such pods. */
export const containerCredentialsLabel = { key: 'eks.amazonaws.com/pod-identity', value: 'enabled' } as const;

/** Service accounts' names by namespace. */
export type Identities = ReadonlyMap<string, ReadonlySet<string>>;

function malformed(problem: string): Refusal {
  return refuse('container-credentials-malformed', { problem });
}

export interface ListedIdentities {
  readonly identities: Identities;
  /** Of entries that name nobody; the others count. */
  readonly faults: readonly Refusal[];
}

export const noIdentities: ListedIdentities = { identities: new Map(), faults: [] };

/**
 * Reads the file's JSON text; blank text is an empty list.
 * @returns `container-credentials-malformed` with what is wrong, where none of it can be read
 */
export function parseIdentities(text: string): ListedIdentities | Refusal {
  if (text.trim() === '') return noIdentities;
  const json = parseStrictJson(text);
  if ('problem' in json) return malformed(json.problem);
  if (!isObject(json.value)) return malformed('it is no JSON object');
  const items = json.value['identities'] ?? [];
  if (!isList(items)) return malformed('identities is no list');
  const identities = new Map<string, Set<string>>();
  const faults: Refusal[] = [];
  for (const [index, item] of items.entries()) {
    const namespace = isObject(item) ? textOf(item, 'namespace') : '';
    const name = isObject(item) ? textOf(item, 'serviceAccount') : '';
    if (namespace === '' || name === '') {
      const problem = `identities[${index}] lacks namespace or serviceAccount`;
      faults.push(refuse('container-credentials-entry-malformed', { problem }));
      continue;
    }
    const names = identities.get(namespace);
    if (names) names.add(name);
    else identities.set(namespace, new Set([name]));
  }
  return { identities, faults };
}

const untouchedExpiration = 86_400;
const earliestExpiration = 79_200;

/** An expiration of exactly a day becomes one of the last two hours of it, so that a fleet does not renew at once. */
export function spreadExpiration(seconds: number, randomBytes: ((length: number) => Uint8Array) | undefined): number {
  const bytes = seconds === untouchedExpiration ? randomBytes?.(4) : undefined;
  if (bytes === undefined) return seconds;
  const random = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
  return earliestExpiration + Math.floor(random * (untouchedExpiration - earliestExpiration + 1));
}
