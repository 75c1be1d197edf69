// What docs/iam-api.md shows for the AWS CLI, done by the AWS CLI.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { trustFor } from '../features/iam/endpoint.ts';
import { serveIam } from './iam-endpoint.ts';
import { provide } from './toolchain.ts';

beforeAll(() => provide('python'), 600_000);

test('the commands of docs/iam-api.md make a provider and a role', async () => {
  const { endpoint, rootKey, records, close } = await serveIam();
  onTestFinished(close);
  const folder = mkdtempSync(join(tmpdir(), 'podiam-iam-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'trust.json'), trustFor(records.id));
  const [, shown = ''] = /```sh\n([^`]*aws iam [^`]*)```/.exec(readFileSync('docs/iam-api.md', 'utf8')) ?? [];
  const commands = shown.split('\n').filter((line) => line.startsWith('aws '));
  expect(commands).toHaveLength(2);
  const { place, interpreter } = await provide('python');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    PYTHONPATH: place,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  };
  for (const command of commands) {
    await promisify(execFile)(interpreter, ['-m', 'awscli', ...command.split(' ').slice(1)], { cwd: folder, env });
  }
  expect(await records.issuers.withUrl('https://oidc.example.com/clusters/1')).toMatchObject([
    { audiences: ['podiam'] },
  ]);
  expect(await records.roles.find('my-app')).toMatchObject({ trustPolicy: trustFor(records.id) });
});
