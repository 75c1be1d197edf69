// The policies of a role session, read from what is stored: what cannot be read allows nothing.
import type { NamedPolicy, PolicyReader, SessionPolicies } from '../policy/index.ts';
import { Refusal } from '../refusals/index.ts';
import type { PermissionPolicy, RoleAccess } from '../registry/index.ts';

/** What is stored of a session's policies. */
export interface GatheredPolicies {
  /** The role as it is now; undefined where it is gone. */
  readonly access: RoleAccess | undefined;
  /** The session policy's JSON text. */
  readonly sessionPolicy: string | undefined;
  /** The managed policies that the session was narrowed to; one that is gone is `missing`. */
  readonly managed: readonly (PermissionPolicy | 'missing')[];
}

/**
 * A policy that cannot be read any more allows nothing; what it denied is lost with it, so nothing beside it may allow.
 */
function readAll(read: PolicyReader, stored: readonly (PermissionPolicy | 'missing')[]): readonly NamedPolicy[] {
  const readable = stored.flatMap((one) => {
    if (one === 'missing') return [];
    const policy = read(one.document, 'permission');
    return policy instanceof Refusal ? [] : [{ name: one.name, policy }];
  });
  return readable.length === stored.length ? readable : [];
}

/** All that limits the session; undefined where its role is gone. */
export function readSessionPolicies(
  { access, sessionPolicy, managed }: GatheredPolicies,
  read: PolicyReader,
): SessionPolicies | undefined {
  if (access === undefined) return undefined;
  const { inline, attached, boundary } = access;
  const own = sessionPolicy === undefined ? [] : [{ name: 'the session policy', document: sessionPolicy }];
  const narrowed = [...own, ...managed];
  return {
    identity: readAll(read, [...inline, ...attached]),
    ...(boundary !== undefined && { boundary: readAll(read, [boundary]) }),
    ...(narrowed.length > 0 && { session: readAll(read, narrowed) }),
  };
}
