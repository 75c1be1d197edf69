// What docs/platform.md tells its reader to type, typed in that order: blocks marked `sh` run against a real platform,
// with what a reader has of their own (addresses, keys, an account's digits) in the place of the page's examples. Blocks
// that call kubectl or helm want a cluster, and are not run here.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { encodeJwt, kubernetesKeyId, publicJwk, serviceAccountClaims } from '../../src/core/tokens/index.ts';
import { issueLeaf, makeAuthority } from '../../src/io/tls/index.ts';
import { freePort, startPostgres } from '../io/sql/postgres-server.ts';
import { temporaryFolder } from './podiam.ts';

const page = readFileSync('docs/platform.md', 'utf8');
const blocks = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
const runnable = blocks.filter((text) => !/^\s*(?:kubectl|helm) /m.test(text));
const execute = promisify(execFile);

/** A cluster whose keys the page registers, and a token of its pod. */
function newCluster(issuer: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyId = kubernetesKeyId(publicKey);
  const claims = serviceAccountClaims({
    issuer,
    audiences: ['podiam'],
    tokenId: randomUUID(),
    issuedAt: Math.floor(Date.now() / 1000) - 1,
    expirationSeconds: 3600,
    namespace: 'default',
    serviceAccount: { name: 'my-app', uid: randomUUID() },
    pod: { name: 'my-app-0', uid: randomUUID() },
    node: { name: 'node1', uid: randomUUID() },
  });
  const token = encodeJwt({ alg: 'RS256', kid: keyId }, claims, (bytes) => sign('sha256', bytes, privateKey));
  return { keyId, modulus: String(publicJwk(publicKey, keyId, 'RS256')['n']), token };
}

/** A serving platform goes on behind the commands that follow it, as it does in a terminal of its own. */
const podiam = (main: string) => `#!/bin/sh
case "$1 $2" in
"platform --"*) ;;
*) exec '${process.execPath}' '${main}' "$@" ;;
esac
log=$(mktemp platform-XXXXXX.log)
'${process.execPath}' '${main}' "$@" </dev/null >"$log" 2>&1 &
echo $! >>platforms
until grep -q '"the platform is ready"' "$log"; do
  kill -0 $! || { cat "$log" >&2; exit 1; }
  sleep 0.1
done
`;

/** Certificate, programs and settings of someone who reads the page: api.example.com is this machine. */
async function newReader() {
  const folder = await temporaryFolder();
  const port = await freePort();
  const validity = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 86_400_000 };
  const authority = await makeAuthority('reader', validity);
  const names = { commonName: 'api.example.com', dnsNames: ['api.example.com'], ipAddresses: [] };
  const leaf = await issueLeaf(authority, names, validity);
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  write('tls.crt', leaf.certificate);
  write('tls.key', leaf.privateKey);
  write('authority.crt', authority.certificate);
  write('podiam', podiam(resolve('src/cli/main.ts')));
  chmodSync(join(folder, 'podiam'), 0o755);
  write('platforms', '');
  // A status of 400 and up ends the block.
  const curl = ['silent', 'show-error', 'fail-with-body', `cacert = ${join(folder, 'authority.crt')}`];
  write('.curlrc', [...curl, `connect-to = api.example.com:443:127.0.0.1:${port}`, ''].join('\n'));
  onTestFinished(() => {
    for (const pid of readFileSync(join(folder, 'platforms'), 'utf8').split('\n')) {
      if (pid !== '') process.kill(Number(pid), 'SIGKILL');
    }
  });
  const environment: Record<string, string> = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    PODIAM_PORT: String(port),
    PODIAM_METRICS_PORT: '0',
  };
  const run = async (script: string) => {
    expect(script).not.toContain('…');
    const { stdout } = await execute('/bin/sh', ['-eu', '-c', script], { cwd: folder, env: environment });
    return stdout;
  };
  return { folder, environment, run, write };
}

type Reader = Awaited<ReturnType<typeof newReader>>;

const made = z.object({ role: z.object({ arn: z.string() }) });
const given = z.object({ access_token: z.string(), session_id: z.string() });
const clusterUrl = 'https://oidc.example.com/clusters/1';

/** From nothing to a Bearer string in a pod, block by block. */
async function followBlocks({ environment, folder, run, write }: Reader) {
  const [first = '', issuer = '', role = '', bearer = '', replicas = ''] = runnable;
  expect(runnable).toHaveLength(5);
  const here = (script: string) =>
    script.replaceAll('/var/lib/podiam', join(folder, 'data')).replaceAll('0.0.0.0', '127.0.0.1');
  const opened = await run(here(first));
  const [, account = ''] = /^Account (\d{12}) \(acme\) is open\.$/m.exec(opened) ?? [];
  environment['KEY'] = /^and for \/v2: Authorization: Bearer (\S+)$/m.exec(opened)?.[1] ?? '';

  const { keyId, modulus, token } = newCluster(clusterUrl);
  const registered = issuer.replace('"kid": "…"', `"kid": "${keyId}"`).replace('"n": "…"', `"n": "${modulus}"`);
  expect(await run(registered)).toContain('"cluster_name":"one"');
  const { role: kept } = made.parse(JSON.parse(await run(role.replaceAll('ACCOUNT', account))));
  expect(kept.arn).toBe(`arn:aws:iam::${account}:role/my-app`);

  write('token', await token);
  environment['AWS_ROLE_ARN'] = kept.arn;
  environment['AWS_WEB_IDENTITY_TOKEN_FILE'] = 'token';
  const { session_id: session } = given.parse(JSON.parse(await run(bearer)));
  return { account, session, replicas: here(replicas).replace(' …', '') };
}

/** Every scope of the table, asked for by the account's owner; the last is the operator's. */
async function revokeAll({ run }: Reader, session: string) {
  const scopes = [...page.matchAll(/^\| `(\{"kind": [^`]+)` \|/gm)].map(([, scope = '']) => scope);
  expect(scopes.length).toBeGreaterThanOrEqual(6);
  for (const scope of scopes) {
    const own = scope.replace('ASIA…', session).replace('https://…', clusterUrl);
    const asked = run(
      `curl https://api.example.com/v2/revocations -H "Authorization: Bearer $KEY" -d '{"scope": ${own}}'`,
    );
    if (scope.includes('everything')) await expect(asked).rejects.toMatchObject({ code: 22 });
    else expect(await asked).toContain('"revocation"');
  }
}

/** The operator's commands as the table has them; what is taken away was given by the row itself. */
async function operate({ environment, folder, run }: Reader, account: string) {
  const commands = [...page.matchAll(/^\| `(podiam platform [^`]+)` \|/gm)].map(([, command = '']) => command);
  expect(commands.length).toBeGreaterThanOrEqual(12);
  environment['PODIAM_DATA'] = join(folder, 'data');
  let newest = account;
  for (const command of commands) {
    // What looks at the records as a whole finds the copy that the row before made.
    if (/ (?:restore|migrate) /.test(command)) environment['PODIAM_DATA'] = join(folder, 'restored');
    const closes = command.includes(' close ');
    const own = command
      .replace('ACCOUNT', closes ? newest : account)
      .replace('NAME', 'example')
      .replace('FILE', 'copy.db');
    const told = await run(own);
    newest = /^Account (\d{12}) \(example\) is open\.$/m.exec(told)?.[1] ?? newest;
  }
}

test('what docs/platform.md tells its reader to type does what it says, in its order', async () => {
  const reader = await newReader();
  const { account, session, replicas } = await followBlocks(reader);
  await revokeAll(reader, session);
  await operate(reader, account);

  const server = await startPostgres();
  onTestFinished(() => server.remove());
  reader.write('database-url', await server.newSchema());
  Object.assign(reader.environment, { PODIAM_PORT: '0', PODIAM_DATA: 'replica' });
  await reader.run(replicas);
}, 300_000);
