// Whether the platform should be sent anything: its records answer, its secrets are open, every revocation is known.
import { refuse } from '../../core/refusals/index.ts';
import { type HttpHandler, refusalResponse } from '../../core/wire/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import type { Services } from './services.ts';

/** How often the database is asked; probes read what was last heard, so that they cost it nothing. */
const askEveryMs = 2_000;

export class Readiness {
  isDraining = false;
  #services: Services | undefined;
  #problem = 'the database was not reached yet';
  #timer: NodeJS.Timeout | undefined;
  readonly #maxStalenessMs: number;

  constructor(maxStalenessMs: number) {
    this.#maxStalenessMs = maxStalenessMs;
  }

  get services(): Services | undefined {
    return this.#services;
  }

  /** @param onProblem told in the database's own words, once for each; strangers may ask for the reasons, and are not */
  databaseReached(registry: Pick<Registry, 'health'>, onProblem: (problem: string) => void): void {
    let told = '';
    const look = async () => {
      const { isWell, problem } = await registry.health();
      this.#problem = isWell ? '' : 'the database does not answer';
      if (problem !== told && !isWell) onProblem(problem);
      told = problem;
    };
    this.#problem = '';
    this.#timer = setInterval(() => void look(), askEveryMs).unref();
  }

  /** From now on: keys are open and revocations known. */
  opened(services: Services): void {
    this.#services = services;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  reasons(): string[] {
    const isStale = (this.#services?.staleness() ?? 0) > this.#maxStalenessMs;
    const checks: readonly (readonly [boolean, string])[] = [
      [this.isDraining, 'it is shutting down'],
      [this.#problem !== '', this.#problem],
      [this.#services === undefined, 'keys and revocations are not read yet'],
      [isStale, 'nothing was heard of revocations for too long'],
    ];
    return checks.flatMap(([holds, reason]) => (holds ? [reason] : []));
  }

  /** Hands a request to what is there by now; before that it is told to come again. */
  guard(choose: (services: Services) => HttpHandler): HttpHandler {
    return (request) => {
      const services = this.#services;
      if (services) return choose(services)(request);
      const answer = refusalResponse(refuse('platform-not-ready', { reason: this.reasons().join('; ') }));
      return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
    };
  }
}
