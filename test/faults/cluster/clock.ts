// Loaded into a replica before all else: its clocks can be set while it runs. A file whose name is in the environment holds
// two numbers of milliseconds, and SIGUSR2 has them read: what is added to the time of day, and what passes by both clocks,
// fast but not at once, so that it is not taken for a process that stood still.
import { readFileSync } from 'node:fs';

const file = process.env['PODIAM_TEST_CLOCK'] ?? '';
const RealDate = Date;
const realNow = Date.now.bind(Date);
const realElapsed = performance.now.bind(performance);
let wrongBy = 0;
let passed = 0;
let toPass = 0;

function read(): void {
  [wrongBy = 0, toPass = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
}

/** A second in 20 milliseconds. */
setInterval(() => {
  passed = Math.min(passed + 1000, toPass);
}, 20).unref();

class SetDate extends RealDate {
  constructor(value?: number | string | Date) {
    super(value ?? SetDate.now());
  }

  static override now(): number {
    return realNow() + wrongBy + passed;
  }
}

Object.assign(globalThis, { Date: SetDate });
Object.assign(performance, { now: () => realElapsed() + passed });
read();
process.on('SIGUSR2', read);
