import { afterAll, beforeAll } from 'vitest';
import { openPostgresRegistry } from '../../../src/io/sql/index.ts';
import { conformance } from './conformance.ts';
import { describeReplicas } from './postgres-replicas.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer;
let url: string;

beforeAll(async () => {
  // What the disk has is another test's matter: here it would only take time.
  server = await startPostgres({ fsync: 'off', synchronous_commit: 'off' });
  url = await server.newSchema();
});

afterAll(() => server.remove());

conformance({
  name: 'PostgreSQL',
  open: async (quotas) => {
    const registry = await openPostgresRegistry({ url, connections: 4, quotas });
    await server.empty(url);
    return registry;
  },
  close: (registry) => registry.close(),
});

describeReplicas(() => server);
