export type { ListQuery, Page, Registry, SealedSecret } from './registry.ts';
export { openSqliteRegistry, type SqliteOptions } from './sqlite.ts';
