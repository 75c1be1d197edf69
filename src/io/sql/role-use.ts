// When roles were last used: kept in memory and put on record now and then, since it is told to about a minute and an
// exchange must not pay for it.
import { type Engine, rowsOf } from './work.ts';

export interface RoleUse {
  note(roleId: string, at: number): void;
  /** Puts on record what was noted; what cannot be written is noted still. */
  flush(): Promise<void>;
}

export function createRoleUse(engine: Engine): RoleUse {
  let noted = new Map<string, number>();
  return {
    note: (roleId, at) => void noted.set(roleId, at),
    flush: async () => {
      if (noted.size === 0) return;
      const written = noted;
      noted = new Map();
      try {
        await engine.batch(function* () {
          // In one order on every replica, so that two never wait for each other.
          for (const [roleId, at] of [...written].sort(([a], [b]) => (a < b ? -1 : 1))) {
            yield* rowsOf('UPDATE roles SET last_used_at = ? WHERE id = ? AND last_used_at < ?', [at, roleId, at]);
          }
        });
      } catch (error) {
        noted = new Map([...written, ...noted]);
        throw error;
      }
    },
  };
}
