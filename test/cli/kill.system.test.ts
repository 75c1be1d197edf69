import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteRegistry } from '../../src/io/sql/index.ts';
import { exchange, podiam, startChain, temporaryFolder } from './podiam.ts';

const exchanges = 1000;
const inFlight = 16;

test('F11 kill -9 in the middle of 1,000 exchanges: every session whose credentials left is on record', async () => {
  const data = await temporaryFolder();
  const chain = await startChain(['--data', data]);
  const token = await readFile(chain.tokenFile, 'utf8');
  const left: string[] = [];
  let asked = 0;
  const ask = async (): Promise<void> => {
    while (asked < exchanges) {
      asked += 1;
      if (left.length === exchanges / 2) chain.kill('SIGKILL');
      const issued = await exchange(chain.stsUrl, chain.roleArn, token).catch(() => undefined);
      if (issued?.accessKeyId) left.push(issued.accessKeyId);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, ask));
  expect((await chain.finished).signal).toBe('SIGKILL');
  expect(left.length).toBeGreaterThanOrEqual(exchanges / 2);
  expect(left.length).toBeLessThan(exchanges);

  const again = await podiam(['up', '--once', '--port', '0', '--data', data]);
  expect(again.code).toBe(0);
  const accountId = /iam::(\d{12}):/.exec(chain.roleArn)?.[1] ?? '';
  const registry = openSqliteRegistry({ path: join(data, 'registry.db') });
  const found = await Promise.all(left.map((accessKeyId) => registry.account(accountId).sessions.find(accessKeyId)));
  await registry.close();
  expect(found.filter((session) => session?.sessionName === 'test')).toHaveLength(left.length);
});
