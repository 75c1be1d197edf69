// A profile of one's own from the example's file to credentials: what `podiam inject` gives the pod is all that an
// unchanged AWS SDK needs to ask that platform's STS.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { inject } from '../../src/cli/inject.ts';
import { install } from '../../src/cli/install.ts';
import { temporaryFolder } from './podiam.ts';

const config = '--config=examples/own-profile/podiam.yaml';
const workload = 'examples/own-profile/workload.yaml';
const tokenFile = '/var/run/secrets/store.example.com/serviceaccount/token';

async function run(command: typeof inject, args: readonly string[]) {
  let [output, errors] = ['', ''];
  const code = await command.run(args, {
    environment: {},
    write: (chunk) => (output += chunk),
    writeError: (chunk) => (errors += chunk),
    readStandardInput: () => Promise.resolve(''),
    stop: new AbortController().signal,
  });
  return { code, output, errors };
}

const podShape = z.object({
  spec: z.object({
    containers: z.tuple([z.object({ env: z.array(z.object({ name: z.string(), value: z.string().optional() })) })]),
    volumes: z.array(z.unknown()),
  }),
});

/** The example's pod as it comes out. */
async function injectedPod(...flags: readonly string[]) {
  const { code, output, errors } = await run(inject, [config, `--file=${workload}`, ...flags]);
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  const [, pod] = parseAllDocuments(output);
  const { spec } = podShape.parse(pod?.toJS());
  return { env: new Map(spec.containers[0].env.map(({ name, value }) => [name, value])), volumes: spec.volumes };
}

/** The store's STS: takes one token for one role (API reference, AssumeRoleWithWebIdentity). */
async function startStoreSts(): Promise<{ readonly url: string; readonly asked: URLSearchParams[] }> {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body);
      asked.push(form);
      const isRight =
        form.get('RoleArn') === 'arn:minio:iam:::role/reports' && form.get('WebIdentityToken') === 'proof';
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.writeHead(isRight ? 200 : 403, { 'content-type': 'text/xml' });
      response.end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>STORE</AccessKeyId><SecretAccessKey>of-the-store</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${expiration}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, asked };
}

const program = `
  import { STSClient } from '@aws-sdk/client-sts';
  const { accessKeyId } = await new STSClient({}).config.credentials();
  console.log(accessKeyId);`;

test('the example’s pod gets its role’s credentials from the store’s STS, by an SDK that knows nothing of it', async () => {
  const sts = await startStoreSts();
  const { env, volumes } = await injectedPod('--profile=store', `--sts-endpoint=${sts.url}`);
  expect(volumes).toEqual([
    {
      name: 'store-token',
      projected: {
        sources: [
          { serviceAccountToken: { audience: 'sts.store.example.com', expirationSeconds: 3600, path: 'token' } },
        ],
      },
    },
  ]);
  expect(env.get('AWS_WEB_IDENTITY_TOKEN_FILE')).toBe(tokenFile);
  // Here the kubelet is this test: it mounts the token, and puts in the pod's name.
  const mounted = join(await temporaryFolder(), 'token');
  await writeFile(mounted, 'proof');
  const given = Object.fromEntries([...env].map(([name, value]) => [name, value ?? 'reports-7d9f']));
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...given, AWS_WEB_IDENTITY_TOKEN_FILE: mounted, AWS_EC2_METADATA_DISABLED: 'true' },
  });
  expect(stdout.trim()).toBe('STORE');
  expect(sts.asked.map((form) => form.get('RoleSessionName'))).toEqual(['reports-7d9f']);
});

test('the row’s own endpoint is injected, unless a flag says another', async () => {
  expect((await injectedPod()).env.get('AWS_ENDPOINT_URL_STS')).toBe('https://sts.store.example.com');
});

test('it is off where only others are named', async () => {
  const { code, errors } = await run(inject, [config, `--file=${workload}`, '--profile=aws', '--explain']);
  expect(code).toBe(0);
  expect(errors).toContain('left alone: no role for shop/reports');
});

test('podiam install carries it on', async () => {
  const { code, output } = await run(install, [config, '--image=registry.example.com/podiam:0.1.0', '--profile=store']);
  expect(code).toBe(0);
  expect(output).toContain('--config=/etc/podiam/configuration/podiam.yaml');
  expect(output).toContain('k == "store.example.com/role-arn"');
});
