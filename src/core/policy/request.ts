// What a policy is asked: who wants to do what, to which resource, under which circumstances.

export type PrincipalType = 'Federated' | 'AWS' | 'Service';

export interface Principal {
  readonly type: PrincipalType;
  /** Federated: the provider's ARN. AWS: the caller's ARN. Service: the service's host name. */
  readonly id: string;
}

/** Values by condition key. The keys' case does not count. No values is the same as no key. */
export type Context = ReadonlyMap<string, readonly string[]>;

/** A context as statements ask for it. */
export interface RequestContext {
  /** @param key in lower case */
  readonly get: (key: string) => readonly string[] | undefined;
}

/**
 * A context whose keys are in lower case, as statements ask for them: made once for a request of which several actions are
 * judged. One key in two spellings is one key with the values of both: what stands twice is not decided by its order.
 */
export class FoldedContext implements RequestContext {
  readonly #values = new Map<string, readonly string[]>();

  constructor(context: Context) {
    for (const [key, values] of context) {
      const folded = key.toLowerCase();
      const others = this.#values.get(folded);
      this.#values.set(folded, others === undefined ? values : [...others, ...values]);
    }
  }

  get(key: string): readonly string[] | undefined {
    return this.#values.get(key);
  }
}

export interface PolicyRequest {
  /** `service:Operation`; its case does not count. */
  readonly action: string;
  /** An ARN; `*`, where it is absent: the action knows no resources. Trust policies do not look at it. */
  readonly resource?: string;
  /** Looked at by trust policies only. */
  readonly principal?: Principal;
  readonly context: Context | RequestContext;
}

/** A request in the form in which compiled statements judge it. */
export interface Asked {
  readonly request: PolicyRequest;
  /** In lower case. */
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

export function ask(request: PolicyRequest): Asked {
  return {
    request,
    action: request.action.toLowerCase(),
    resource: request.resource ?? '*',
    context: request.context instanceof Map ? new FoldedContext(request.context) : request.context,
  };
}
