// `podiam platform audit`: the audit record, over all accounts or of one.
import { z } from 'zod';
import { oneOf, text, wholeNumber } from '../../core/settings/index.ts';
import { defineCommand, exitCodes } from '../command.ts';
import { asOperator, read } from './operator-client.ts';
import { operatorSettings } from './settings.ts';

const event = z.object({
  at: z.string(),
  request_id: z.string(),
  account_id: z.string(),
  action: z.string(),
  resource: z.string(),
  principal: z.string(),
  outcome: z.string(),
  code: z.string(),
  reason: z.string(),
  source_address: z.string(),
});
const page = z.object({ events: z.array(z.unknown()), meta: z.object({ links: z.object({ next: z.string() }) }) });

const filter = (summary: string, placeholder: string) => text({ summary, placeholder, fallback: undefined });
const largestPage = 500;

/** One event in a line for people. */
function lineOf(value: unknown): string {
  const { at, outcome, action, principal, resource, code, reason, request_id: requestId } = read(event, value);
  const why = code === '' ? reason : `${code}: ${reason}`;
  return `${at}  ${outcome.padEnd(7)}  ${action}  ${principal || '-'}  ${resource || '-'}  ${why}  [${requestId}]\n`;
}

export const auditCommands = [
  defineCommand({
    name: 'platform audit',
    summary: 'The audit record: who asked for what, and what became of it.',
    settings: {
      ...operatorSettings,
      account: filter('of one account', 'ACCOUNT'),
      role: filter('about one role, by its ARN', 'ARN'),
      action: filter('of one action', 'ACTION'),
      outcome: oneOf({ summary: 'what became of it', choices: ['all', 'allowed', 'refused'], fallback: 'all' }),
      'request-id': filter('the one of a request', 'ID'),
      session: filter('of one session, by its access key id', 'KEY'),
      from: filter('from that time on, such as 2026-11-21T12:00:00Z', 'TIME'),
      until: filter('up to that time', 'TIME'),
      order: oneOf({ summary: 'which come first', choices: ['newest', 'oldest'], fallback: 'newest' }),
      most: wholeNumber({ summary: 'how many at most', placeholder: 'N', least: 1, most: 1_000_000, fallback: 100 }),
    },
    run: (values, around) =>
      asOperator(values, around, async (client) => {
        const { account, role, action, from, until, order, outcome } = values;
        const query = {
          account,
          role,
          action,
          from,
          until,
          order,
          outcome: outcome === 'all' ? undefined : outcome,
          request_id: values['request-id'],
          session_id: values.session,
        };
        let left = values.most;
        for (let cursor: string | undefined; cursor !== '' && left > 0; ) {
          const perPage = String(Math.min(left, largestPage));
          const asked = { ...query, per_page: perPage, cursor };
          const { events, meta } = read(page, await client.call({ method: 'GET', path: '/v2/audit', query: asked }));
          for (const one of events) around.write(values.output === 'json' ? `${JSON.stringify(one)}\n` : lineOf(one));
          left -= events.length;
          cursor = meta.links.next;
        }
        return exitCodes.done;
      }),
  }),
];
