// Figures of server processes, per second of their own processor time, so that the client beside them, and other
// programs, count as little as can be.
import { fork } from 'node:child_process';
import { type Client, connectClient, postRequest } from './load.ts';
import type { FromServer, Subject, Usage } from './protocol.ts';

export interface Figures {
  readonly perCpuSecond: number;
  /** Milliseconds. */
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly residentMiB: number;
}

export interface Measured {
  /** Sends so many requests, counted or not. */
  readonly run: (requests: number, isCounted: boolean) => Promise<void>;
  readonly figures: () => Figures;
  readonly stop: () => void;
}

/** How a subject is asked. */
export interface Manner {
  readonly encrypted: boolean;
  readonly inFlight: number;
}

/** A subject that listens in a process of its own. */
interface Launched {
  readonly connect: (manner: Manner) => Promise<Measured>;
  readonly stop: () => void;
}

async function launch(subject: Subject): Promise<Launched> {
  const server = fork(new URL('server.ts', import.meta.url), { stdio: 'inherit' });
  const heard = <Kind extends FromServer['kind']>(kind: Kind) =>
    new Promise<Extract<FromServer, { kind: Kind }>>((resolve, reject) => {
      const isWanted = (message: FromServer): message is Extract<FromServer, { kind: Kind }> => message.kind === kind;
      const ended = (code: number | null) => reject(new Error(`${subject.name} ended with ${code}`));
      const listen = (message: FromServer) => {
        if (!isWanted(message)) return;
        server.off('message', listen);
        server.off('exit', ended);
        resolve(message);
      };
      server.on('message', listen);
      server.once('exit', ended);
    });
  const usage = (): Promise<Usage> => {
    const answer = heard('usage');
    server.send('usage');
    return answer;
  };
  const listening = heard('listening');
  server.send(subject);
  const { port, requests } = await listening;
  const prepared = requests.map(({ path, contentType, body }) => postRequest(path, contentType, body));
  return {
    connect: async ({ encrypted, inFlight }) => {
      const client = await connectClient({ port, encrypted, requests: prepared, connections: inFlight });
      return measured(subject.name, { client, usage, stop: () => {} });
    },
    stop: () => server.disconnect(),
  };
}

export interface Running {
  readonly client: Client;
  readonly usage: () => Promise<Usage> | Usage;
  readonly stop: () => void;
}

export function measured(name: string, { client, usage, stop }: Running): Measured {
  const latencies: number[] = [];
  let cpuMicroseconds = 0;
  let residentBytes = 0;

  const run: Measured['run'] = async (requests, isCounted) => {
    const before = await usage();
    const result = await client.send(requests);
    const after = await usage();
    if (result.failures.size > 0)
      throw new Error(`${name}: ${[...result.failures].map(([status, n]) => `${n} × ${status}`).join(', ')}`);
    if (!isCounted) return;
    latencies.push(...result.latencies);
    cpuMicroseconds += after.cpuMicroseconds - before.cpuMicroseconds;
    residentBytes = Math.max(residentBytes, after.residentBytes);
  };

  const figures = () => {
    const sorted = latencies.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
    const perCpuSecond = latencies.length / (cpuMicroseconds / 1e6);
    const mean = latencies.reduce((sum, latency) => sum + latency, 0) / latencies.length;
    return { perCpuSecond, mean, p50: at(0.5), p99: at(0.99), residentMiB: residentBytes / 1024 / 1024 };
  };

  return {
    run,
    figures,
    stop: () => {
      client.close();
      stop();
    },
  };
}

const warmUpSlices = 20;
const countedSlices = 20;
const sliceRequests = 1_000;

/** What one run sends to each subject. */
export const requestsOfRun = { warmUp: warmUpSlices * sliceRequests, counted: countedSlices * sliceRequests };

/**
 * The figures of subjects that run beside each other and are asked in turn, a slice each: what slows the machine for a
 * while slows all of them, so that their ratio can be trusted where none of the figures can.
 */
export async function measureInTurn(all: readonly Measured[]): Promise<readonly Figures[]> {
  try {
    for (let slice = 0; slice < warmUpSlices + countedSlices; slice++) {
      for (const one of all) await one.run(sliceRequests, slice >= warmUpSlices);
    }
    return all.map((one) => one.figures());
  } finally {
    for (const one of all) one.stop();
  }
}

/** Each subject in a process of its own, beside the others; asked in one manner after the other. */
export async function measure(
  subjects: readonly Subject[],
  manners: readonly Manner[],
): Promise<readonly (readonly Figures[])[]> {
  const all = await Promise.all(subjects.map(launch));
  try {
    const figures: (readonly Figures[])[] = [];
    for (const manner of manners) {
      figures.push(await measureInTurn(await Promise.all(all.map(({ connect }) => connect(manner)))));
    }
    return figures;
  } finally {
    for (const { stop } of all) stop();
  }
}
