// A process of its own for the synthetic API server, so that what it holds does not count as the webhook's.
import { startApiServer } from '../test/io/kubernetes/api-server.ts';

const [accounts = 0, annotated = 0] = process.argv.slice(2).map(Number);

const api = await startApiServer();
for (let i = 0; i < accounts; i++) {
  const role = `arn:aws:iam::123456789012:role/team-${i % 50}/app-${i}`;
  const annotations = i < annotated ? { 'podiam.dev/role-arn': role } : undefined;
  api.putServiceAccount(`team-${i % 50}`, `app-${i}`, annotations);
}
process.send?.({ port: api.port });
process.on('disconnect', () => process.exit(0));
