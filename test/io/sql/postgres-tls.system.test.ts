// PostgreSQL over TLS, as managed databases demand it: whom it is taken for, and what is said where it is not.
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPostgresRegistry } from '../../../src/io/sql/index.ts';
import { issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { account, openAccounts } from './records.ts';

const hour = 3_600_000;
let folder: string;
let server: PostgresServer;

/** A file that the server's user may read, and nobody else: PostgreSQL refuses any other key. */
function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534);
  return path;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'podiam-pg-tls-'));
  if (process.getuid?.() === 0) chownSync(folder, 65_534, 65_534);
  const validity = { notBefore: Date.now() - hour, notAfter: Date.now() + hour };
  const authority = await makeAuthority('databases', validity);
  const names = { commonName: 'db', dnsNames: ['db.example.com'], ipAddresses: ['127.0.0.1'] };
  const { certificate, privateKey } = await issueLeaf(authority, names, validity);
  write('ca.crt', authority.certificate);
  write('other.crt', (await makeAuthority('others', validity)).certificate);
  server = await startPostgres({
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: write('tls.crt', certificate),
    ssl_key_file: write('tls.key', privateKey),
  });
});

afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

function addressWith(parameters: Readonly<Record<string, string>>, host = '127.0.0.1'): string {
  const url = new URL(server.url);
  url.hostname = host;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

test('a registry over TLS is what it is without, on all of its connections', async () => {
  const registry = await openPostgresRegistry({
    url: addressWith({ sslmode: 'verify-full', sslrootcert: join(folder, 'ca.crt') }),
  });
  await openAccounts(registry);
  expect(await registry.accounts.find(account.id)).toMatchObject({ id: account.id });
  const connections = await server.run(
    "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'podiam'",
  );
  expect(connections.length).toBeGreaterThan(1);
  expect(connections.every(({ ssl }) => ssl === true)).toBe(true);
  await registry.close();
});

test.each([
  ['a certificate of nobody who is trusted', undefined, '127.0.0.1', /certificate/],
  ['one of another authority', 'other.crt', '127.0.0.1', /certificate/],
  ['one of another name', 'ca.crt', 'localhost', /Hostname\/IP does not match/],
  ['an authority that is not there', 'none.crt', '127.0.0.1', /none\.crt/],
])('with %s it is waited for, and the reason is told', async (_, authority, host, reason) => {
  const problems: string[] = [];
  const stop = new AbortController();
  const file = authority === undefined ? {} : { sslrootcert: join(folder, authority) };
  const url = addressWith({ sslmode: 'verify-full', ...file }, host);
  const opening = openPostgresRegistry({ url, stop: stop.signal, onProblem: (problem) => problems.push(problem) });
  const ended = expect(opening).rejects.toMatchObject({ refusal: { code: 'database-unusable' } });
  await expect.poll(() => problems[0], { timeout: 20_000 }).toMatch(reason);
  stop.abort();
  await ended;
});
