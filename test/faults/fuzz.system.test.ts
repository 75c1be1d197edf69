import { expect, test } from 'vitest';
import { fuzz } from '../../tools/fuzz/fuzz.ts';
import { report } from './cluster/report.ts';

test('F27 10,000 reviews bent at random, in bytes, values and message: each gets an answer of the protocol, none a 5xx, each patch applies, and memory does not grow', async () => {
  const { statuses, problems, heap, resident } = await fuzz({ inputs: 10_000, seed: 4 });
  report(
    `by status ${JSON.stringify([...statuses])}; heap ${heap.map(Math.round).join(' → ')} MiB, resident ${resident.map(Math.round).join(' → ')} MiB`,
  );
  expect(problems).toEqual([]);
  // Of both kinds many, or the mutations miss their mark.
  expect(statuses.get(200)).toBeGreaterThan(2500);
  expect(statuses.get(400)).toBeGreaterThan(2500);
  const [before, after] = heap;
  expect(after).toBeLessThan(before + 16);
});
