// A process that issues sessions as fast as it can and tells on standard output which keys left it; it is killed from
// outside. Arguments: the engine, and its path or address.
import { openPostgresRegistry, openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { eventOf, openAccounts, sessionOf } from './records.ts';

const [, , engine, address = ''] = process.argv;
const registry =
  engine === 'sqlite' ? openSqliteRegistry({ path: address }) : await openPostgresRegistry({ url: address });
await openAccounts(registry);

async function issue(worker: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const key = `${process.pid}-${worker}-${i}`;
    try {
      await registry.issueSession(sessionOf(key), eventOf(key));
      process.stdout.write(`${key}\n`);
    } catch (error) {
      process.stderr.write(`${String(error)}\n`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => issue(worker)));
