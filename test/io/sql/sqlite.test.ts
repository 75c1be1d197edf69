import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { conformance } from './conformance.ts';

conformance({
  name: 'SQLite',
  open: (quotas) => Promise.resolve(openSqliteRegistry({ path: ':memory:', quotas })),
  close: (registry) => registry.close(),
});
