// Tells the story: a line a step with what it took, and what went otherwise than told.
import colors from 'picocolors';

export interface Narrator {
  /** Runs a step and tells what it found: a line, and more lines below it. @throws what the step throws, after telling it */
  readonly step: <Result>(title: string, run: () => Promise<Told<Result>>) => Promise<Result>;
  readonly say: (line: string) => void;
  /** How many steps were told. */
  readonly told: () => number;
}

export interface Told<Result> {
  readonly lines: readonly string[];
  readonly result: Result;
}

const titleWidth = 14;

/** @param now milliseconds, of a clock that never jumps */
export function createNarrator(write: (text: string) => void, now: () => number): Narrator {
  let count = 0;
  const line = (left: string, text: string) => write(`${left.padEnd(titleWidth + 4)}${text}\n`);
  return {
    say: (text) => write(`${text}\n`),
    told: () => count,
    step: async (title, run) => {
      const started = now();
      count += 1;
      const number = String(count).padStart(2);
      try {
        const { lines, result } = await run();
        const took = colors.dim(`${(now() - started).toFixed(0)} ms`);
        const [first = '', ...rest] = lines;
        line(`${number}  ${title}`, `${first}  ${took}`);
        for (const more of rest) line('', more);
        return result;
      } catch (error) {
        line(`${number}  ${title}`, colors.red('not as told'));
        throw error;
      }
    },
  };
}
