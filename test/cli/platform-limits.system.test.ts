// What the operator of `podiam platform` sets for every account: how much it may keep, how often it may call. And that a
// database which holds no records of Podiam is none of its platforms.
import { CreateRoleCommand, GetAccountSummaryCommand, IAMClient } from '@aws-sdk/client-iam';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { refusalOf, trustFor } from '../features/iam/endpoint.ts';
import { startPostgres } from '../io/sql/postgres-server.ts';
import { podiam, startPodiam, temporaryFolder } from './podiam.ts';

const opened = z.object({
  id: z.string(),
  root_key: z.object({ access_key_id: z.string(), secret_access_key: z.string() }),
});

test('quotas and the rate of the IAM API are as they were set, and what is throttled is counted', async () => {
  const data = await temporaryFolder();
  const quotas = ['--roles-per-account=1', '--policies-per-account=2', '--providers-per-account=3'];
  const others = ['--policies-per-role=4', '--trust-policy-size=2048', '--iam-rate=1'];
  const free = ['--port=0', '--metrics-port=0', '--drain-seconds=0'];
  const platform = startPodiam(['platform', '--data', data, ...free, ...quotas, ...others]);
  const [, endpoint = '', metrics = ''] = await platform.saidOnError(
    /"api":"([^"]+)","metrics":"([^"]+)".*"it listens"/,
  );
  await platform.saidOnError(/"the platform is ready"/);
  const made = await podiam(['platform', 'account', 'create', '--data', data, '--name=acme', '--output=json']);
  const { id, root_key: key } = opened.parse(JSON.parse(made.stdout));
  const credentials = { accessKeyId: key.access_key_id, secretAccessKey: key.secret_access_key };
  const client = new IAMClient({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const create = (RoleName: string) =>
    refusalOf(client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustFor(id) })));

  expect((await client.send(new GetAccountSummaryCommand({}))).SummaryMap).toMatchObject({
    RolesQuota: 1,
    PoliciesQuota: 2,
    AttachedPoliciesPerRoleQuota: 4,
    AssumeRolePolicySizeQuota: 2048,
  });
  expect((await create('one')).code).toBe('taken');
  expect(await create('two')).toMatchObject({
    code: 'LimitExceededException',
    message: expect.stringMatching(/^Cannot exceed quota for RolesPerAccount: 1\./),
  });
  const codes = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await create(`other${i}`)).code));
  expect(codes).toContain('Throttling');
  const page = await (await fetch(`${metrics}/metrics`)).text();
  const [, throttled = '0'] =
    /podiam_platform_calls_total\{service="iam",action="CreateRole",outcome="refused",code="iam-throttled"\} (\d+)/.exec(
      page,
    ) ?? [];
  expect(Number(throttled)).toBe(codes.filter((code) => code === 'Throttling').length);
});

test('an operator’s command makes no records in a database that holds none', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.remove());
  const environment = { PODIAM_DATABASE: await server.newSchema(), KEK: Buffer.alloc(32, 9).toString('hex') };
  const where = ['--data', `${await temporaryFolder()}/mistyped`, '--key-encryption-key=env:KEK'];
  const run = (...words: readonly string[]) => startPodiam(['platform', ...words, ...where], { environment }).finished;
  expect(await run('account', 'list')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('The database holds no records of Podiam.'),
  });
  expect(await run('migrate', '--check')).toMatchObject({ code: 1, stderr: '' });
  const tables = 'SELECT count(*)::int AS n FROM information_schema.tables WHERE table_schema = current_schema()';
  expect(await server.run(tables, environment.PODIAM_DATABASE)).toEqual([{ n: 0 }]);
  // Whoever asks for it has it made before the platform comes.
  expect(await run('migrate')).toMatchObject({ code: 0 });
  expect(await run('account', 'list')).toMatchObject({ code: 0, stdout: '' });
});
