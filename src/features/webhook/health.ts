// What a kubelet's probes ask. Alive is who answers; ready is who can inject.
import { type HttpHandler, type HttpResponse, methodNotAllowed } from '../../core/wire/index.ts';

export interface HealthPorts {
  /** Why no pod should be sent here now; empty where all is well. */
  readonly unreadyBecause: () => readonly string[];
  /** What whoever looks should know although all is well enough. */
  readonly notes?: () => readonly string[];
}

const plain = (status: number, body: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body,
});

/** `/health` is what Vultr's webhook calls it. */
const livenessPaths = new Set(['/healthz', '/health']);
const readinessPath = '/readyz';

export const isProbe = (path: string) => livenessPaths.has(path) || path === readinessPath;

/** The answer to a probe; undefined where the request is none. */
function probed(path: string, ports: HealthPorts): HttpResponse | undefined {
  if (livenessPaths.has(path)) return plain(200, 'ok\n');
  if (path !== readinessPath) return undefined;
  const reasons = ports.unreadyBecause();
  const isReady = reasons.length === 0;
  const lines = isReady ? ['ok', ...(ports.notes?.() ?? [])] : reasons;
  return plain(isReady ? 200 : 503, `${lines.join('\n')}\n`);
}

/** Answers probes, and hands all else to `next`. */
export function withHealth(ports: HealthPorts, next: HttpHandler): HttpHandler {
  return (request) => {
    const { method, path } = request;
    const answer = probed(path, ports);
    if (answer === undefined) return next(request);
    if (method === 'GET' || method === 'HEAD') return answer;
    return methodNotAllowed(request, 'GET', 'HEAD');
  };
}
