// The variables that a container gets, as a list of rules in the order in which they are appended. What the container
// sets itself stays as it is.
import { type Plan, roleFor } from './plan.ts';
import type { Container } from './pod.ts';

export type Variable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } } };

/** Variables that are appended together, unless the container has one of `unless`. */
export interface VariableRule {
  readonly unless: readonly string[];
  readonly variables: readonly Variable[];
}

export const regionKeys = ['AWS_REGION', 'AWS_DEFAULT_REGION'] as const;
export const regionalStsKey = 'AWS_STS_REGIONAL_ENDPOINTS';

/** By these variables of its own a container says that it has its credentials already. */
export const methodKeys = {
  sts_web_identity: ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  container_credentials: ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
} as const;

const hasAny = (names: ReadonlySet<unknown>, keys: readonly string[]) => keys.some((key) => names.has(key));

/** Whether the container sets keys, region and STS mode itself: then it is left as it is, without even a mount. */
export function isSelfSufficient(names: ReadonlySet<unknown>, plan: Plan): boolean {
  return hasAny(names, methodKeys[plan.identity.method]) && hasAny(names, regionKeys) && names.has(regionalStsKey);
}

function variable(name: string, value: string | undefined): readonly Variable[] {
  return value === undefined ? [] : [{ name, value }];
}

/** The longest session name that STS takes, and the shortest (AssumeRoleWithWebIdentity, RoleSessionName). */
export const longestSessionName = 64;
export const shortestSessionName = 2;

/** A name that the API server is still to make up will be fit: it cuts them to 63 characters. */
function canNameSession(podName: string): boolean {
  return podName === '' || (podName.length >= shortestSessionName && podName.length <= longestSessionName);
}

const sessionName: Variable = {
  name: 'AWS_ROLE_SESSION_NAME',
  valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
};

/** The keys of the plan's method; undefined where the container gets no role. */
function methodVariables(plan: Plan, container: Container, tokenFile: string): readonly Variable[] {
  const { identity } = plan;
  if (identity.method === 'container_credentials') {
    return [
      { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: identity.fullUri },
      { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: tokenFile },
    ];
  }
  const role = roleFor(identity, container.name, container.target);
  return [...variable('AWS_ROLE_ARN', role), { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: tokenFile }];
}

/** The rules that hold for all containers of the pod: those before the method's keys, and those behind. */
export function sharedRules(plan: Plan, podName: string): Record<'before' | 'behind', readonly VariableRule[]> {
  const { identity } = plan;
  const web = identity.method === 'sts_web_identity' ? identity : undefined;
  const region = [...variable('AWS_DEFAULT_REGION', plan.region), ...variable('AWS_REGION', plan.region)];
  const named = web?.sessionNameFromPod === true && canNameSession(podName);
  const single = (name: string, variables: readonly Variable[]): VariableRule => ({ unless: [name], variables });
  /** With keys of its own a container asks its own STS: it is not sent to ours with a token that is meant for another. */
  const besideKeys = (name: string, variables: readonly Variable[]): VariableRule => ({
    unless: [name, ...methodKeys.sts_web_identity],
    variables,
  });
  return {
    before: [
      single(regionalStsKey, variable(regionalStsKey, plan.regionalSts ? 'regional' : undefined)),
      { unless: regionKeys, variables: region },
    ],
    behind: [
      besideKeys('AWS_ENDPOINT_URL_STS', variable('AWS_ENDPOINT_URL_STS', web?.stsEndpoint)),
      besideKeys(sessionName.name, named ? [sessionName] : []),
      single(
        'AWS_EC2_METADATA_DISABLED',
        variable('AWS_EC2_METADATA_DISABLED', plan.disableInstanceMetadata ? 'true' : undefined),
      ),
    ],
  };
}

export function methodRule(plan: Plan, container: Container, tokenFile: string): VariableRule {
  return { unless: methodKeys[plan.identity.method], variables: methodVariables(plan, container, tokenFile) };
}

/** What of the rules a container that sets `names` itself gets. */
export function missingVariables(rules: readonly VariableRule[], names: ReadonlySet<unknown>): readonly Variable[] {
  return rules.flatMap((rule) => (hasAny(names, rule.unless) ? [] : rule.variables));
}
