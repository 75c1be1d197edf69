// Credential plugins of kubeconfigs: a command that prints an ExecCredential, as cloud providers' logins are made
// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
import { type ExecFileException, execFile } from 'node:child_process';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { Freshness, PluginIdentity } from './connection.ts';
import { isObject, type JsonObject, parsedJson, textAt } from './json.ts';
import { certificateProblem, keyProblem, tokenProblem } from './material.ts';

export interface PluginCall {
  /** Of the kubeconfig and the place in it, for refusals. */
  readonly file: string;
  readonly field: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: the process's own and what the kubeconfig adds. */
  readonly environment: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  /** `spec.cluster` of KUBERNETES_EXEC_INFO, where the plugin wants to know it. */
  readonly cluster: JsonObject | undefined;
}

export interface PluginTiming {
  readonly now: () => number;
  readonly timeoutMs: number;
}

const mostOutput = 1024 * 1024;

/** However often the API server says no: a plugin may ask a rate-limited login each time. */
const leastBetweenRunsMs = 1000;

interface Held {
  readonly identity: PluginIdentity;
  /** Milliseconds since the epoch; Infinity where the plugin did not say. */
  readonly expiresAt: number;
  readonly ranAt: number;
}

/** Runs the plugin when its credential is first needed, has expired, or was refused; several callers share one run. */
export function createPlugin(
  call: PluginCall,
  { now, timeoutMs }: PluginTiming,
): (freshness: Freshness) => Promise<PluginIdentity> {
  let held: Held | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  let running: Promise<Held> | undefined;
  const run = async () => {
    try {
      held = read(call, await output(call, timeoutMs), now());
      failed = undefined;
      return held;
    } catch (error) {
      failed = { error, at: now() };
      throw error;
    } finally {
      running = undefined;
    }
  };
  return async (freshness) => {
    const time = now();
    if (failed !== undefined && time - failed.at < leastBetweenRunsMs) throw failed.error;
    const isRefused = freshness === 'all' && held !== undefined && time - held.ranAt >= leastBetweenRunsMs;
    if (held !== undefined && !isRefused && time < held.expiresAt) return held.identity;
    const { identity } = await (running ??= run());
    return identity;
  };
}

function failure({ command, file, field }: PluginCall, problem: string): RefusedError {
  return new RefusedError(refuse('kubeconfig-plugin-failed', { command, file, field, problem }));
}

function execInfo({ apiVersion, cluster }: PluginCall): string {
  return JSON.stringify({
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(cluster !== undefined && { cluster }) },
  });
}

function output(call: PluginCall, timeoutMs: number): Promise<string> {
  const env = { ...call.environment, KUBERNETES_EXEC_INFO: execInfo(call) };
  const limits = { timeout: timeoutMs, maxBuffer: mostOutput, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(call.command, call.args, { env, ...limits, windowsHide: true }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(failure(call, problemOf(error, timeoutMs)));
    });
    // A plugin that reads its standard input would wait for a person who is not there.
    child.stdin?.on('error', () => {});
    child.stdin?.end();
  });
}

/** Never its output, which can hold a credential. */
function problemOf({ code, killed }: ExecFileException, timeoutMs: number): string {
  if (code === 'ENOENT') return 'there is no such command';
  if (code === 'EACCES') return 'it may not be run';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${mostOutput} bytes`;
  if (killed === true) return `it did not end within ${timeoutMs} milliseconds`;
  return typeof code === 'number' ? `it ended with exit code ${code}` : 'it was ended by a signal';
}

function read(call: PluginCall, text: string, now: number): Held {
  const answer = parsedJson(text);
  if (!isObject(answer)) throw failure(call, 'it printed no JSON object');
  if (answer['kind'] !== 'ExecCredential') throw failure(call, 'it printed no ExecCredential');
  if (answer['apiVersion'] !== call.apiVersion) throw failure(call, `its answer is not of ${call.apiVersion}`);
  const { status } = answer;
  if (!isObject(status)) throw failure(call, 'its answer has no status');
  const token = textAt(status, 'token')?.trim();
  const cert = textAt(status, 'clientCertificateData');
  const key = textAt(status, 'clientKeyData');
  const problem = problemIn(token, cert, key);
  if (problem !== undefined) throw failure(call, problem);
  const expiresAt = Math.max(expiryOf(call, status), now + leastBetweenRunsMs);
  return { identity: { token, cert, key }, expiresAt, ranAt: now };
}

function problemIn(token: string | undefined, cert: string | undefined, key: string | undefined): string | undefined {
  if ((cert === undefined) !== (key === undefined)) return 'it gave a client certificate or key without the other';
  if (token === undefined && cert === undefined) return 'it gave neither a token nor a client certificate';
  const faults = [
    ['token', token === undefined ? undefined : tokenProblem(token)],
    ['clientCertificateData', cert === undefined ? undefined : certificateProblem(cert)],
    ['clientKeyData', key === undefined ? undefined : keyProblem(key)],
  ] as const;
  const fault = faults.find(([, problem]) => problem !== undefined);
  return fault && `its ${fault[0]} ${fault[1]}`;
}

function expiryOf(call: PluginCall, status: JsonObject): number {
  const stated = textAt(status, 'expirationTimestamp');
  if (stated === undefined) return Infinity;
  const time = Date.parse(stated);
  if (Number.isNaN(time)) throw failure(call, 'its expirationTimestamp is no time');
  return time;
}
