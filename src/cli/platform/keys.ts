// `podiam platform keys …`: the keys that seal sessions, the key that secrets stand under, and the operator's own.
import { z } from 'zod';
import { text } from '../../core/settings/index.ts';
import { defineCommand, exitCodes } from '../command.ts';
import { needed } from './account.ts';
import { asOperator, read } from './operator-client.ts';
import { operatorSettings } from './settings.ts';

const sealingKeys = z.object({
  sealing_keys: z.array(
    z.object({ id: z.string(), state: z.string(), created_at: z.string(), changed_at: z.string() }),
  ),
});
const operatorKeys = z.object({
  operator_keys: z.array(z.object({ id: z.string(), name: z.string(), status: z.string() })),
});

export const keyCommands = [
  defineCommand({
    name: 'platform keys list',
    summary: 'The sealing keys by their state, and the operator keys.',
    settings: operatorSettings,
    run: (values, around) =>
      asOperator(values, around, async (client) => {
        const sealing = read(sealingKeys, await client.call({ method: 'GET', path: '/v2/sealing-keys' }));
        const operators = read(operatorKeys, await client.call({ method: 'GET', path: '/v2/operator-keys' }));
        if (values.output === 'json') {
          around.write(`${JSON.stringify({ ...sealing, ...operators })}\n`);
          return exitCodes.done;
        }
        for (const { id, state, changed_at: since } of sealing.sealing_keys) {
          around.write(`sealing key   ${id}  ${state.padEnd(8)}  since ${since}\n`);
        }
        for (const { id, name, status } of operators.operator_keys) {
          around.write(`operator key  ${id}  ${status.padEnd(8)}  ${name}\n`);
        }
        return exitCodes.done;
      }),
  }),
  defineCommand({
    name: 'platform keys rotate',
    summary:
      'Makes the next sealing key: known to every replica first, then in use, while the one before opens what it sealed until the last of that has ended.',
    settings: operatorSettings,
    run: (values, around) =>
      asOperator(values, around, async (client) => {
        const made = z.object({ sealing_key: z.object({ id: z.string() }) });
        const { sealing_key: key } = read(made, await client.call({ method: 'POST', path: '/v2/sealing-keys' }));
        around.write(
          values.output === 'json'
            ? `${JSON.stringify(key)}\n`
            : `The sealing key ${key.id} is prepared; the platform takes it into use within a quarter of a minute.\n`,
        );
        return exitCodes.done;
      }),
  }),
  defineCommand({
    name: 'platform keys renew',
    summary:
      'Encrypts every stored secret under the current key-encryption key, so that the one before can be dropped.',
    settings: operatorSettings,
    run: (values, around) =>
      asOperator(values, around, async (client) => {
        const { renewed } = read(
          z.object({ renewed: z.number() }),
          await client.call({ method: 'POST', path: '/v2/secrets/renew' }),
        );
        around.write(
          values.output === 'json' ? `${JSON.stringify({ renewed })}\n` : `${renewed} secrets were encrypted anew.\n`,
        );
        return exitCodes.done;
      }),
  }),
  defineCommand({
    name: 'platform keys operator',
    summary: 'Makes an operator key, shown this once, or takes one away.',
    settings: {
      ...operatorSettings,
      name: text({ summary: 'whose it is, for the audit record', placeholder: 'NAME', fallback: undefined }),
      remove: text({ summary: 'the id of the key that goes', placeholder: 'ID', fallback: undefined }),
    },
    run: (values, around) => {
      const usage = '--name NAME';
      const name = values.remove === undefined ? needed(values.name, 'platform keys operator', usage) : '';
      return asOperator(values, around, async (client) => {
        if (values.remove !== undefined) {
          await client.call({ method: 'DELETE', path: `/v2/operator-keys/${encodeURIComponent(values.remove)}` });
          around.write(`The operator key ${values.remove} opens nothing any more.\n`);
          return exitCodes.done;
        }
        const made = z.object({ operator_key: z.object({ id: z.string(), name: z.string(), bearer: z.string() }) });
        const { operator_key: key } = read(
          made,
          await client.call({ method: 'POST', path: '/v2/operator-keys', body: { name } }),
        );
        around.write(
          values.output === 'json'
            ? `${JSON.stringify(key)}\n`
            : `The operator key ${key.id}, shown this once:\n\n  export PODIAM_OPERATOR_KEY=${key.bearer}\n`,
        );
        return exitCodes.done;
      });
    },
  }),
];
