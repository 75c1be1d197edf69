// Forgetting what is old enough: the oldest first, in small steps between which everything else goes on.

import type { Pruned, PruneTimes } from './registry.ts';
import { type Engine, rowsOf } from './work.ts';

const stepRows = 2000;

/** Changes that are kept for replicas that fell behind; one that fell farther forgets all that it remembers. */
const keptChanges = 10_000;

/** Looks at the oldest rows of a table only: what was written in order ends in order, but for a few hours. */
const oldestOf = (table: 'audit' | 'sessions', ended: string) =>
  `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} ORDER BY seq LIMIT ${stepRows}) AND ${ended} < ? RETURNING seq`;

const statements = {
  audit: oldestOf('audit', 'at'),
  sessions: oldestOf('sessions', 'expires_at'),
  revocations: 'DELETE FROM revocations WHERE ends_at < ? RETURNING position',
} as const;

export async function prune(engine: Engine, before: PruneTimes): Promise<Pruned> {
  const forget = async (kind: keyof typeof statements, time: number | undefined): Promise<number> => {
    if (time === undefined) return 0;
    let forgotten = 0;
    for (;;) {
      const rows = await engine.batch(() => rowsOf(statements[kind], [Math.trunc(time)]));
      forgotten += rows.length;
      if (rows.length === 0 || kind === 'revocations') return forgotten;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await engine.batch(() =>
    rowsOf('DELETE FROM changes WHERE position < (SELECT position FROM clock) - ?', [keptChanges]),
  );
  return {
    audit: await forget('audit', before.auditBefore),
    sessions: await forget('sessions', before.sessionsEndedBefore),
    revocations: await forget('revocations', before.revocationsEndedBefore),
  };
}
