// Figures are told, not asserted: they depend on the machine.

/** Shows a line beside the test's result. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
