import { openSqliteRegistry } from '../../../src/io/sql/index.ts';
import { conformance } from './conformance.ts';

conformance({
  name: 'SQLite',
  open: () => Promise.resolve(openSqliteRegistry({ path: ':memory:' })),
  close: (registry) => registry.close(),
});
