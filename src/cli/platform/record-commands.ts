// `podiam platform backup`, `restore` and `migrate`: the records as a whole.
import { resolve } from 'node:path';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import { text, toggle } from '../../core/settings/index.ts';
import { makeFolder } from '../../io/files/index.ts';
import { checkPostgres, restoreSqlite, type SchemaState, sqliteSchema } from '../../io/sql/index.ts';
import { defineCommand, exitCodes, type Surroundings } from '../command.ts';
import { needed } from './account.ts';
import { asOperator } from './operator-client.ts';
import { databaseUrl, openRecords, refuseEmptyFolder, registryFile } from './records.ts';
import { operatorSettings, type StorageValues, storageSettings } from './settings.ts';

const file = (summary: string) => text({ summary, placeholder: 'FILE', fallback: undefined });

/** @throws RefusedError what it is, where it is one */
function accepted<Value>(outcome: Value | Refusal): Value {
  if (outcome instanceof Refusal) throw new RefusedError(outcome);
  return outcome;
}

/** SQLite alone: PostgreSQL has tools of its own. @throws RefusedError `backup-elsewhere` */
async function refuseDatabase(values: StorageValues): Promise<void> {
  if ((await databaseUrl(values)) !== undefined) throw new RefusedError(refuse('backup-elsewhere', {}));
}

async function schemaOf(values: StorageValues): Promise<SchemaState> {
  const url = await databaseUrl(values);
  if (url !== undefined) return checkPostgres({ url });
  await refuseEmptyFolder(values);
  return accepted(sqliteSchema(registryFile(values)));
}

function tellSchema(schema: SchemaState, { write }: Surroundings): number {
  if (schema.found === 0) {
    write('There are no records there yet; the first start of podiam platform makes them, or this without --check.\n');
    return exitCodes.failed;
  }
  const { found, known, pending } = schema;
  if (pending.length === 0) {
    write(`The records have schema ${found}, the one that this version of Podiam uses.\n`);
    return exitCodes.done;
  }
  write(
    `The records have schema ${found}; this version brings them to ${known}:\n${pending.map((step) => `  ${step}\n`).join('')}`,
  );
  return exitCodes.failed;
}

/** A database may be given its schema before the platform, whose user then need not be allowed to. */
async function migrateNow(values: StorageValues, around: Surroundings): Promise<number> {
  if ((await databaseUrl(values)) === undefined) await refuseEmptyFolder(values);
  const onProblem = (problem: string) => around.writeError(`podiam platform migrate: ${problem}\n`);
  const { registry } = await openRecords({ values, environment: around.environment, stop: around.stop, onProblem });
  await registry.close();
  around.write('The records have the schema of this version of Podiam.\n');
  return exitCodes.done;
}

export const recordCommands = [
  defineCommand({
    name: 'platform backup',
    summary: 'Writes a copy of the registry, whole and of one moment, while the platform runs.',
    settings: { ...operatorSettings, to: file('where it goes, on the platform’s machine; it must not exist') },
    run: (values, around) => {
      const to = resolve(needed(values.to, 'platform backup', '--to FILE'));
      return asOperator(values, around, async (client) => {
        await client.call({ method: 'POST', path: '/v2/backup', body: { file: to } });
        around.write(
          `The registry is copied to ${to}. Keep it apart from the key-encryption key, which opens its secrets.\n`,
        );
        return exitCodes.done;
      });
    },
  }),
  defineCommand({
    name: 'platform restore',
    summary: 'Puts a backup in the place of a registry that is not there.',
    settings: { ...storageSettings, from: file('the backup') },
    run: async (values, { write }) => {
      const from = needed(values.from, 'platform restore', '--from FILE');
      await refuseDatabase(values);
      await makeFolder(resolve(values.data));
      accepted(await restoreSqlite(resolve(from), registryFile(values)));
      write(`${registryFile(values)} is restored. Its key-encryption key belongs beside it.\n`);
      return exitCodes.done;
    },
  }),
  defineCommand({
    name: 'platform migrate',
    summary: 'Brings the records to the schema of this version, or says with --check what that would do.',
    settings: {
      ...storageSettings,
      check: toggle({ summary: 'change nothing; exit code 1 where there is something to do' }),
    },
    run: async (values, around) =>
      values.check ? tellSchema(await schemaOf(values), around) : migrateNow(values, around),
  }),
];
