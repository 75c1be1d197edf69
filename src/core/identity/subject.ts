// The name under which Kubernetes signs for a service account: the `sub` of its tokens.

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

const prefix = 'system:serviceaccount:';

/** `system:serviceaccount:NAMESPACE:NAME` (Kubernetes, "Authenticating": service account tokens). */
export function serviceAccountSubject({ namespace, name }: ServiceAccountName): string {
  return `${prefix}${namespace}:${name}`;
}

/** The service account that a subject names; undefined where it names none. */
export function parseServiceAccountSubject(subject: string): ServiceAccountName | undefined {
  if (!subject.startsWith(prefix)) return undefined;
  const [namespace, name, ...rest] = subject.slice(prefix.length).split(':');
  if (!namespace || !name || rest.length > 0) return undefined;
  return { namespace, name };
}
