// The `/v2` API: JSON in and out, one table of operations, each call proven, bound to an account, judged, on record, and
// only then carried out.
import { createBudget, unprovenEvents } from '../../core/memory/index.ts';
import { causeOf, Refusal, refuse } from '../../core/refusals/index.ts';
import {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  methodNotAllowed,
  refusalResponse,
} from '../../core/wire/index.ts';
import { createFindCaller, type FindCaller, findAccount, judgeCaller, principalOf } from './callers.ts';
import { eventOf, type Known } from './events.ts';
import { createLimits, type Limits } from './limits.ts';
import { createMatch, type Matched } from './match.ts';
import { openApiDocument } from './openapi.ts';
import type { AdministrationPorts } from './ports.ts';
import { readGiven } from './read.ts';
import { refusedResponse, responseOf } from './responses.ts';
import { type ApiCaller, type BoundCall, nothing, type Outcome } from './route.ts';
import { routes } from './routes.ts';

/** Proves, binds, judges and records a call; what is left is to carry it out. */
function createAdmit(ports: AdministrationPorts, limits: Limits) {
  async function prove({ request, at }: Known, findCaller: FindCaller): Promise<ApiCaller | Refusal> {
    const { address } = request.peer;
    const crowded = limits.admit(address, at);
    if (crowded) return crowded;
    const caller = await findCaller(request);
    if (caller instanceof Refusal) limits.countUnproven(address, at);
    return caller;
  }

  return async (known: Known, names: Matched['names'], findCaller: FindCaller): Promise<Outcome> => {
    const { request, requestId, route, at } = known;
    const caller = await prove(known, findCaller);
    if (caller instanceof Refusal) return caller;
    known.caller = caller;
    const throttled = limits.spend(caller, request.body.length, at);
    if (throttled) return throttled;
    const given = readGiven(request, route.body !== nothing);
    if (given instanceof Refusal) return given;
    const whose = findAccount(route, caller, given.query['account']);
    if (whose instanceof Refusal) return whose;
    const { accountId } = whose;
    known.accountId = accountId ?? '';
    const account = ports.registry.account(accountId ?? '');
    const principal = principalOf(caller);
    const call: BoundCall = { ports, request, requestId, caller, principal, accountId, account, names, at };
    const reason = await judgeCaller(route, call);
    if (reason instanceof Refusal) return reason;
    const run = route.prepare(given);
    if (run instanceof Refusal) return run;
    known.resource = (await route.resource?.(call)) ?? request.path;
    // Nothing is changed that is not on record; what was only looked at is in the log.
    if (route.method !== 'GET') await ports.registry.appendAudit(eventOf(known, reason));
    return run(call);
  };
}

/** What anyone may call. */
function createOpen(ports: AdministrationPorts) {
  return async ({ request, requestId, route, at }: Known, names: Matched['names']): Promise<Outcome> => {
    const given = readGiven(request, route.body !== nothing);
    if (given instanceof Refusal) return given;
    const run = route.prepare(given);
    if (run instanceof Refusal) return run;
    const nobody = { caller: undefined, principal: '', accountId: undefined, account: ports.registry.account('') };
    return run({ ports, request, requestId, names, at, ...nobody });
  };
}

/** A refusal is logged with its exact reason, and on record where it is not a stranger's, or a flood's, beyond measure. */
function createTell(ports: AdministrationPorts) {
  const budget = createBudget(unprovenEvents);
  return async (known: Known, refusal: Refusal): Promise<void> => {
    const event = eventOf(known, refusal);
    const { action, code, principal, reason, requestId, sourceAddress } = event;
    ports.log('warn', 'refused', { requestId, action, code, principal, reason, sourceAddress });
    if (known.route.audience === 'anyone' || refusal.status >= 500) return;
    const isFlood = known.caller === undefined || refusal.code === 'administration-throttled';
    if (isFlood && !budget(known.at)) return;
    try {
      await ports.registry.appendAudit(event);
    } catch (error) {
      ports.log('error', 'a refusal could not be put on the audit record', { requestId, error: causeOf(error) });
    }
  };
}

/** Carries a call out, whatever becomes of it. */
function createAnswer(ports: AdministrationPorts) {
  const admit = createAdmit(ports, createLimits(ports.rates));
  const open = createOpen(ports);
  const tell = createTell(ports);
  return async ({ route, names }: Matched, request: HttpRequest, findCaller: FindCaller): Promise<HttpResponse> => {
    const requestId = ports.newRequestId();
    const unknown = { caller: undefined, accountId: '', resource: request.path };
    const known: Known = { request, requestId, route, at: ports.now(), ...unknown };
    let outcome: Outcome;
    try {
      outcome = await (route.audience === 'anyone' ? open(known, names) : admit(known, names, findCaller));
    } catch (error) {
      ports.log('error', 'a call failed', { requestId, operation: route.id, error: causeOf(error) });
      outcome = refuse('administration-unavailable', {});
    }
    if (!(outcome instanceof Refusal)) return responseOf(outcome, requestId);
    await tell(known, outcome);
    return refusedResponse(outcome, requestId);
  };
}

export interface Administration {
  /** Callers prove who they are. */
  readonly handler: HttpHandler;
  /** For a listener that only the operator reaches. */
  readonly operatorHandler: HttpHandler;
}

export function createAdministration(ports: AdministrationPorts): Administration {
  const answer = createAnswer(ports);
  const matchAll = createMatch(routes);
  // Made when it is first asked for: most processes never are.
  let document: HttpResponse | undefined;
  const describe = () =>
    (document ??= jsonResponse(200, openApiDocument(routes, ports), { 'cache-control': 'public, max-age=300' }));
  const serveAs =
    (findCaller: FindCaller): HttpHandler =>
    (request) => {
      const { method, path } = request;
      if (path === '/openapi.json') return method === 'GET' ? describe() : methodNotAllowed(request, 'GET');
      const matched = matchAll(path);
      const chosen = matched.find(({ route }) => route.method === method);
      if (chosen) return answer(chosen, request, findCaller);
      if (matched.length > 0) return methodNotAllowed(request, ...matched.map(({ route }) => route.method));
      return refusalResponse(refuse('http-not-found', { path }));
    };
  return {
    handler: serveAs(createFindCaller(ports)),
    operatorHandler: serveAs(() => Promise.resolve({ kind: 'operator', name: 'socket' })),
  };
}
