// One operation of the API as a row: where it is, who may call it, what it takes and gives, and what it does. The forms are
// zod schemas that both validate and, as JSON Schema, describe.
import { z } from 'zod';
import type { Caller, OperatorCaller } from '../../core/credentials/index.ts';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import type { HttpRequest, HttpResponse } from '../../core/wire/index.ts';
import type { AccountRegistry } from '../../io/sql/index.ts';
import type { AdministrationPorts } from './ports.ts';

export type ApiCaller = Caller | OperatorCaller;

/** What is known of a call when it is carried out. */
export interface Call {
  readonly ports: AdministrationPorts;
  readonly request: HttpRequest;
  readonly requestId: string;
  /** Undefined for operations that anyone may call. */
  readonly caller: ApiCaller | undefined;
  /** The caller's ARN, or `operator/NAME`. */
  readonly principal: string;
  /** Whose records are meant; undefined where the operator means all accounts. */
  readonly accountId: string | undefined;
  /** The path's variables. */
  readonly names: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
}

export type Outcome = Reply | Refusal | HttpResponse;

/**
 * - `anyone`: no caller is asked for;
 * - `operator`: the operator alone;
 * - `account`: the account's owner, the operator in an account that the request names, and sessions that are allowed the
 *   action on the resource;
 * - `accounts`: the same, but an operator who names no account means all of them.
 */
export type Audience = 'anyone' | 'operator' | 'account' | 'accounts';

/** The resource that a session must be allowed to act on, as an ARN. */
export type ResourceOf = (call: BoundCall) => string | Promise<string>;

export interface BoundCall extends Call {
  readonly account: AccountRegistry;
}

interface Definition<Query extends z.ZodType, Body extends z.ZodType> {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With variables in braces. */
  readonly path: string;
  readonly summary: string;
  readonly audience: Audience;
  /** What a session must be allowed, such as `podiam:RegisterIssuer`. */
  readonly action?: string;
  readonly resource?: ResourceOf;
  readonly query: Query;
  readonly body: Body;
  /** The one member in which a body may stand whole: `{"issuer": {…}}` is the same as `{…}`. */
  readonly envelope?: string;
  readonly answer?: { readonly status?: number; readonly description: string; readonly schema?: z.ZodType };
  readonly run: (call: BoundCall, query: z.output<Query>, body: z.output<Body>) => Promise<Outcome> | Outcome;
}

/** What came with the request, before it is validated. */
export interface Given {
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Route extends Omit<Definition<z.ZodType, z.ZodType>, 'run'> {
  /** What is to be carried out, or what is wrong with what was given. */
  readonly prepare: (given: Given) => ((call: BoundCall) => Promise<Outcome> | Outcome) | Refusal;
}

const mostProblems = 5;

/** Each field with what is wrong with it, in its own name and never with its value. */
function fieldsRefusal(error: z.ZodError): Refusal {
  const problems = error.issues.slice(0, mostProblems).map(({ path, message }) => {
    const field = path.length === 0 ? 'the whole' : path.map(String).join('.');
    return `${field}: ${message}`;
  });
  return refuse('request-fields-invalid', { fields: problems.join('; ') });
}

/** Of operations that take nothing there. */
export const nothing = z.strictObject({});

function unwrapped(body: unknown, envelope: string | undefined): unknown {
  if (envelope === undefined || typeof body !== 'object' || body === null || !Object.hasOwn(body, envelope))
    return body;
  const [[, inner] = [], ...others] = Object.entries(body);
  return others.length === 0 && typeof inner === 'object' ? inner : body;
}

/** The definition with its types inside: routes of different forms stand in one table. */
export function route<Query extends z.ZodType, Body extends z.ZodType>(definition: Definition<Query, Body>): Route {
  const { run, ...row } = definition;
  return {
    ...row,
    prepare: (given) => {
      const query = definition.query.safeParse(given.query);
      if (!query.success) return fieldsRefusal(query.error);
      const body = definition.body.safeParse(unwrapped(given.body ?? {}, definition.envelope));
      if (!body.success) return fieldsRefusal(body.error);
      return (call) => run(call, query.data, body.data);
    },
  };
}
