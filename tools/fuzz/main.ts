// `npm run fuzz [INPUTS [SEED]]`: mutated reviews to the webhook over HTTPS, 100,000 unless told otherwise. Says the seed,
// under which the same inputs come again, and ends with exit code 1 where an answer was not what it must be.
import { fuzz } from './fuzz.ts';
import { serveTarget } from './target.ts';

async function main(): Promise<number> {
  const [inputs = 100_000, seed = Date.now() % 2 ** 32] = process.argv.slice(2).map(Number);
  const begun = performance.now();
  const { statuses, problems, heap, resident } = await fuzz({ inputs, seed });
  const seconds = (performance.now() - begun) / 1000;
  const counts = [...statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status || 'closed'}`);
  console.log(`${inputs} inputs of seed ${seed} in ${seconds.toFixed(0)} s: ${counts.join(', ')}`);
  console.log(
    `heap ${heap.map((mib) => mib.toFixed(1)).join(' → ')} MiB, resident ${resident.map(Math.round).join(' → ')} MiB`,
  );
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (process.argv[2] === 'serve') await serveTarget();
else process.exitCode = await main();
