// Containers that set the keys of the plan's method themselves: they keep what they have, and people are told of it.
import { methodKeys } from './environment.ts';
import { type Plan, roleFor } from './plan.ts';
import type { Container } from './pod.ts';

type Identity = Plan['identity'];

/** What the first key of the method would be set to. */
function firstKeyOf(identity: Identity, { name, target }: Container): string | undefined {
  return identity.method === 'container_credentials' ? identity.fullUri : roleFor(identity, name, target);
}

/**
 * Why a container gets nothing of the identity, for people; undefined where it gets it, or has it from an earlier run:
 *   1. one of the two keys is there: it gets neither, since half of another identity is none;
 *   2. both are there, and the first is not what it would be set to: it keeps its own.
 */
export function ownCredentials(container: Container, identity: Identity): string | undefined {
  const [first, second] = methodKeys[identity.method];
  const firsts = container.env.filter((variable) => variable['name'] === first);
  const hasSecond = container.env.some((variable) => variable['name'] === second);
  if (firsts.length === 0 && !hasSecond) return undefined;
  if (firsts.length === 0 || !hasSecond) {
    return `container ${container.name} sets only one of ${first} and ${second} itself, and gets neither`;
  }
  const injected = firstKeyOf(identity, container);
  const what = identity.method === 'container_credentials' ? 'credentials' : 'role';
  return firsts.some((variable) => variable['value'] === injected)
    ? undefined
    : `container ${container.name} keeps its own ${what}`;
}
