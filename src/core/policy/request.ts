// What a policy is asked: who wants to do what, to which resource, under which circumstances.

export type PrincipalType = 'Federated' | 'AWS' | 'Service';

export interface Principal {
  readonly type: PrincipalType;
  /** Federated: the provider's ARN. AWS: the caller's ARN. Service: the service's host name. */
  readonly id: string;
}

/** Values by condition key. The keys' case does not count; lower case costs least. No values is the same as no key. */
export type Context = ReadonlyMap<string, readonly string[]>;

export interface PolicyRequest {
  /** `service:Operation`; its case does not count. */
  readonly action: string;
  /** An ARN; `*`, where it is absent: the action knows no resources. Trust policies do not look at it. */
  readonly resource?: string;
  /** Looked at by trust policies only. */
  readonly principal?: Principal;
  readonly context: Context;
}

/** A request in the form in which compiled statements judge it. */
export interface Asked {
  readonly request: PolicyRequest;
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  /** Its keys are in lower case. */
  readonly context: Context;
}

/** One key in two spellings is one key with the values of both: what stands twice is not decided by its order. */
function foldKeys(context: Context): Context {
  const folded = new Map<string, readonly string[]>();
  for (const [key, values] of context) {
    const lower = key.toLowerCase();
    folded.set(lower, [...(folded.get(lower) ?? []), ...values]);
  }
  return folded;
}

function isFolded(context: Context): boolean {
  for (const key of context.keys()) {
    if (key !== key.toLowerCase()) return false;
  }
  return true;
}

export function ask(request: PolicyRequest): Asked {
  return {
    request,
    action: request.action.toLowerCase(),
    resource: request.resource ?? '*',
    context: isFolded(request.context) ? request.context : foldKeys(request.context),
  };
}
