// The run: mutated reviews over TLS to the target, several at a time, each answer judged.
import { type ChildProcess, fork } from 'node:child_process';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { type Chance, createChance } from './chance.ts';
import { readCorpus } from './corpus.ts';
import { problemOf } from './judge.ts';
import { mutate } from './mutate.ts';
import type { Told } from './target.ts';

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
}

export interface FuzzResult {
  /** Answers by status; 0 for connections that ended without one, where the request was not whole. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What went wrong, with the input; at most twenty. */
  readonly problems: readonly string[];
  /** MiB after a tenth of the inputs, and after all; garbage collected. */
  readonly heap: readonly [number, number];
  readonly resident: readonly [number, number];
}

const inFlight = 16;
const mostProblems = 20;

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Head {
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
}

const wrongHeads: readonly [Head, ...Head[]] = [
  { method: 'GET' },
  { method: 'PUT' },
  { path: '/' },
  { path: '/mutate/' },
  { path: '/mutate?timeout=0s' },
  { path: `/mutate?${'x'.repeat(500)}` },
  { type: 'text/plain' },
  { type: '' },
];

function ask(port: number, agent: Agent, body: Buffer, head: Head): Promise<Answer> {
  const { method = 'POST', path = '/mutate?timeout=10s', type = 'application/json' } = head;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const options = { host: '127.0.0.1', port, path, method, agent, headers, rejectUnauthorized: false };
    const outgoing = request(options, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Sends part of a body, closes, and resolves with the status of what came back; 0 for nothing. */
function breakOff(port: number, body: Buffer, chance: Chance): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => (received += String(chunk)));
    // A reset is one of the ways in which servers close.
    socket.on('error', () => {});
    socket.on('close', () => resolve(Number(received.split(' ')[1] ?? 0)));
    const head = `POST /mutate HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: ${body.length + 1}\r\n\r\n`;
    socket.write(head);
    socket.end(body.subarray(0, chance.below(body.length + 1)));
  });
}

function tell(target: ChildProcess): Promise<Told> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the target ended with ${code}`));
    target.once('exit', ended);
    target.once('message', (told: Told) => {
      target.off('exit', ended);
      resolve(told);
    });
    target.send('tell');
  });
}

class Run {
  readonly statuses = new Map<number, number>();
  readonly problems: string[] = [];
  readonly #corpus = readCorpus();
  readonly #chance: Chance;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: inFlight });

  constructor(seed: number, port: number) {
    this.#chance = createChance(seed);
    this.#port = port;
  }

  async inputs(count: number): Promise<void> {
    let left = count;
    const worker = async () => {
      while (left-- > 0 && this.problems.length < mostProblems) await this.#one();
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  }

  end(): void {
    this.#agent.destroy();
  }

  async #one(): Promise<void> {
    const chance = this.#chance;
    const input = mutate(this.#corpus, chance);
    // Some are no UTF-8.
    const body = Buffer.from(input, chance.is(0.05) ? 'latin1' : 'utf8');
    if (chance.is(0.02)) {
      const status = await breakOff(this.#port, body, chance);
      this.#count(
        status,
        status === 200 || status >= 500 ? `half a message was answered with ${status}` : undefined,
        input,
      );
      return;
    }
    const head = chance.is(0.03) ? chance.pick(wrongHeads) : {};
    try {
      const { status, body: answer } = await ask(this.#port, this.#agent, body, head);
      this.#count(
        status,
        'method' in head && head.method === 'HEAD' ? undefined : problemOf(status, answer, input),
        input,
      );
    } catch (error) {
      this.#count(0, `no answer: ${String(error)}`, input);
    }
  }

  #count(status: number, problem: string | undefined, input: string): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (problem !== undefined) this.problems.push(`${problem}\n  to ${input.slice(0, 2000)}`);
  }
}

/** Rejects when the target ends. */
export async function fuzz({ inputs, seed }: FuzzOptions): Promise<FuzzResult> {
  const target = fork(new URL('main.ts', import.meta.url), ['serve'], { execArgv: ['--expose-gc'], stdio: 'inherit' });
  const ended = new Promise<never>((_, reject) => {
    target.once('exit', (code) => reject(new Error(`the target ended with ${code}`)));
  });
  ended.catch(() => {});
  try {
    const { port } = await tell(target);
    const run = new Run(seed, port);
    const early = Math.ceil(inputs / 10);
    await Promise.race([run.inputs(early), ended]);
    const before = await tell(target);
    await Promise.race([run.inputs(inputs - early), ended]);
    run.end();
    const after = await tell(target);
    const problems = [...run.problems, ...after.errors];
    const heap = [before.heap, after.heap] as const;
    return { statuses: run.statuses, problems, heap, resident: [before.resident, after.resident] };
  } finally {
    target.removeAllListeners('exit');
    target.disconnect();
  }
}
