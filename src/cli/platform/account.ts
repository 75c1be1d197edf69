// `podiam platform account …`: the operator opens, lists and closes accounts.
import { z } from 'zod';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { text } from '../../core/settings/index.ts';
import { defineCommand, exitCodes } from '../command.ts';
import { asOperator, type OperatorClient, read } from './operator-client.ts';
import { operatorSettings } from './settings.ts';

const accountId = text({ summary: 'the account’s 12 digits', placeholder: 'ACCOUNT', fallback: undefined });

/** @throws RefusedError `platform-argument-missing` */
export function needed(value: string | undefined, command: string, usage: string): string {
  const [argument = ''] = usage.split(' ', 1);
  if (value !== undefined) return value;
  const whole = `podiam ${command} ${usage}`;
  throw new RefusedError(refuse('platform-argument-missing', { command, argument, usage: whole }));
}

const key = z.object({ access_key_id: z.string(), secret_access_key: z.string(), bearer: z.string() });
const account = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.string(),
  closed_at: z.string().nullable(),
});
const opened = z.object({ account: account.extend({ root_key: key }) });
const page = z.object({ accounts: z.array(account), meta: z.object({ links: z.object({ next: z.string() }) }) });

type Key = z.output<typeof key>;

const keyLines = (root: Key) => `
Its root key, shown this once:

  export AWS_ACCESS_KEY_ID=${root.access_key_id}
  export AWS_SECRET_ACCESS_KEY=${root.secret_access_key}

and for /v2: Authorization: Bearer ${root.bearer}
`;

async function* allAccounts(client: OperatorClient): AsyncGenerator<z.output<typeof account>> {
  for (let cursor: string | undefined; cursor !== ''; ) {
    const answer = read(
      page,
      await client.call({ method: 'GET', path: '/v2/accounts', query: { per_page: '500', cursor } }),
    );
    yield* answer.accounts;
    cursor = answer.meta.links.next;
  }
}

export const accountCommands = [
  defineCommand({
    name: 'platform account create',
    summary: 'Opens an account and shows its root key, this once.',
    settings: {
      ...operatorSettings,
      name: text({ summary: 'the account’s name for people', placeholder: 'NAME', fallback: undefined }),
    },
    run: (values, around) => {
      const name = needed(values.name, 'platform account create', '--name NAME');
      return asOperator(values, around, async (client) => {
        const answer = read(opened, await client.call({ method: 'POST', path: '/v2/accounts', body: { name } }));
        const { id, root_key: root } = answer.account;
        const told =
          values.output === 'json'
            ? `${JSON.stringify(answer.account)}\n`
            : `Account ${id} (${name}) is open.\n${keyLines(root)}`;
        around.write(told);
        return exitCodes.done;
      });
    },
  }),
  defineCommand({
    name: 'platform account list',
    summary: 'All accounts.',
    settings: operatorSettings,
    run: (values, around) =>
      asOperator(values, around, async (client) => {
        for await (const one of allAccounts(client)) {
          const state = one.closed_at === null ? 'open' : `closed ${one.closed_at}`;
          around.write(
            values.output === 'json'
              ? `${JSON.stringify(one)}\n`
              : `${one.id}  ${one.created_at}  ${state}  ${one.name}\n`,
          );
        }
        return exitCodes.done;
      }),
  }),
  defineCommand({
    name: 'platform account close',
    summary: 'Closes an account for good: its keys and sessions open nothing any more.',
    settings: { ...operatorSettings, account: accountId },
    run: (values, around) => {
      const id = needed(values.account, 'platform account close', '--account ACCOUNT');
      return asOperator(values, around, async (client) => {
        await client.call({ method: 'DELETE', path: `/v2/accounts/${encodeURIComponent(id)}` });
        around.write(`Account ${id} is closed.\n`);
        return exitCodes.done;
      });
    },
  }),
  defineCommand({
    name: 'platform account key',
    summary: 'Gives an account one more root key, shown this once, and takes one away where that is asked for.',
    settings: {
      ...operatorSettings,
      account: accountId,
      remove: text({ summary: 'the access key id of the key that goes', placeholder: 'KEY', fallback: undefined }),
    },
    run: (values, around) => {
      const id = needed(values.account, 'platform account key', '--account ACCOUNT');
      const path = `/v2/accounts/${encodeURIComponent(id)}/root-keys`;
      return asOperator(values, around, async (client) => {
        if (values.remove !== undefined) {
          await client.call({ method: 'DELETE', path: `${path}/${encodeURIComponent(values.remove)}` });
          around.write(`The key ${values.remove} opens nothing any more.\n`);
          return exitCodes.done;
        }
        const { root_key: root } = read(z.object({ root_key: key }), await client.call({ method: 'POST', path }));
        around.write(values.output === 'json' ? `${JSON.stringify(root)}\n` : keyLines(root));
        return exitCodes.done;
      });
    },
  }),
];
