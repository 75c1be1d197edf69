// The operator's calls, wherever the platform is. The first of these that holds is asked:
//   1. the platform at --url, with an operator key,
//   2. the platform that runs over this data folder, through its socket,
//   3. the records themselves, while nothing runs: the SQLite file's lock tells; PostgreSQL bears both. Where there are
//      none, none are made.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import type { HttpRequest } from '../../core/wire/index.ts';
import { createFetchDocument, defaultFetchLimits } from '../../io/documents/index.ts';
import { ask, type Place } from '../../io/http/index.ts';
import { createLogger } from '../../io/log/index.ts';
import type { Surroundings } from '../command.ts';
import { openRecords, operatorSocket, refuseNoRecords } from './records.ts';
import { openServices } from './services.ts';
import type { OperatorValues } from './settings.ts';

export interface OperatorCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

export interface OperatorClient {
  /** The answer's JSON; undefined where it has none. @throws RefusedError with what the platform said */
  readonly call: (call: OperatorCall) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const said = z.object({ code: z.string(), message: z.string() });

function jsonOf(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** @throws RefusedError `operator-endpoint-refused` */
function resultOf({ status, body }: Answer): unknown {
  const json = jsonOf(body);
  if (status < 400) return json;
  const refusal = said.safeParse(json);
  const { code, message } = refusal.success ? refusal.data : { code: 'unknown', message: 'It did not say why.' };
  throw new RefusedError(refuse('operator-endpoint-refused', { status, code, message }));
}

function targetOf({ path, query = {} }: OperatorCall): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

const textOf = ({ body }: OperatorCall) => (body === undefined ? '' : JSON.stringify(body));

function remote(place: Place, name: string, headers: Readonly<Record<string, string>>): OperatorClient {
  return {
    call: async (call) => {
      try {
        const json = { 'content-type': 'application/json', ...headers };
        return resultOf(
          await ask(place, { method: call.method, target: targetOf(call), headers: json, body: textOf(call) }),
        );
      } catch (error) {
        if (error instanceof RefusedError) throw error;
        const problem = error instanceof Error ? error.message : 'unknown error';
        throw new RefusedError(refuse('operator-endpoint-unreachable', { endpoint: name, problem }), { cause: error });
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The same operations without a listener: the process is the platform for the length of a command. */
async function within(values: OperatorValues, around: Surroundings): Promise<OperatorClient> {
  await refuseNoRecords(values);
  const log = createLogger({ level: values['log-level'] === 'info' ? 'error' : values['log-level'] });
  const onProblem = (problem: string) => log.warn('the database is waited for', { problem });
  const { registry, keyEncryptionKeys } = await openRecords({
    values,
    environment: around.environment,
    stop: around.stop,
    onProblem,
  });
  const services = await openServices({
    registry,
    keyEncryptionKeys,
    recorder: registry,
    log,
    fetchDocument: createFetchDocument(defaultFetchLimits),
    maxStalenessMs: Infinity,
    publicUrl: '',
    audience: 'podiam',
  });
  return {
    call: async (call) => {
      const target = targetOf(call);
      const [path = '', query = ''] = target.split('?', 2);
      const request: HttpRequest = {
        method: call.method,
        target,
        path,
        query,
        rawHeaders: [],
        body: Buffer.from(textOf(call)),
        peer: { address: '', encrypted: false },
      };
      const { status, body } = await services.operator(request);
      return resultOf({ status, body: Buffer.from(body).toString('utf8') });
    },
    close: async () => {
      services.stop();
      await registry.close();
    },
  };
}

/** @throws RefusedError where the platform cannot be reached, nor its records opened */
async function connect(values: OperatorValues, around: Surroundings): Promise<OperatorClient> {
  const { ca, url } = values;
  if (url !== undefined) {
    const key = values['operator-key'];
    if (key === undefined) throw new RefusedError(refuse('operator-key-needed', { url }));
    return remote({ url, ca }, url, { authorization: `Bearer ${key}` });
  }
  const socket = operatorSocket(values);
  if (existsSync(socket)) {
    const running = remote({ socket }, socket, {});
    try {
      await running.call({ method: 'GET', path: '/v2/operator-keys' });
      return running;
    } catch (error) {
      // Left behind by one that was killed: nothing listens there any more.
      if (!(error instanceof RefusedError) || error.refusal.code !== 'operator-endpoint-unreachable') throw error;
    }
  }
  return within(values, around);
}

/** Runs with a client that is closed at the end. */
export async function asOperator<Result>(
  values: OperatorValues,
  around: Surroundings,
  run: (client: OperatorClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect(values, around);
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

/** A value read by a form. @throws TypeError where a platform of another release answers otherwise */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  return schema.parse(value);
}
