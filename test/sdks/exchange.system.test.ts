// Unchanged SDKs, configured by nothing but the environment that the webhook injects: they exchange the pod's token, keep
// what they get, and get anew in time.
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ProfileName, profiles } from './admitted-pod.ts';
import { sdks, startIn } from './programs.ts';
import { newStage } from './stage.ts';
import { provide } from './toolchain.ts';

const preparation = 900_000;
const sessionSeconds = 3600;

/** All that an SDK is told. */
const injected = [
  'AWS_DEFAULT_REGION',
  'AWS_EC2_METADATA_DISABLED',
  'AWS_ENDPOINT_URL_STS',
  'AWS_REGION',
  'AWS_ROLE_ARN',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
];

describe.each(sdks)('$name', (sdk) => {
  beforeAll(async () => void (sdk.toolchain && (await provide(sdk.toolchain))), preparation);

  test.each(Object.keys(profiles).filter((name): name is ProfileName => name in profiles))(
    'a pod of the profile %s becomes its role, and is known by it',
    async (profile) => {
      const stage = await newStage({ profile });
      const names = profile === 'podiam' ? [...injected, 'AWS_ROLE_SESSION_NAME'] : injected;
      expect(Object.keys(stage.pod.environment).toSorted()).toEqual(names.toSorted());
      const program = await startIn(stage, sdk);
      const { accountId, role } = stage.tenant;
      const { result, error } = await program.ask({ call: 'identity' });
      expect(error).toBeUndefined();
      expect(result?.['account']).toBe(accountId);
      expect(result?.['arn']).toMatch(`arn:aws:sts::${accountId}:assumed-role/my-app/`);
      expect(result?.['userId']).toMatch(`${role.id}:`);
      // The podiam profile names the session by the pod; under the others the SDK makes a name up.
      if (profile === 'podiam') expect(result?.['userId']).toBe(`${role.id}:my-app-0`);
      expect(stage.wire.map(({ action, code }) => [action, code])).toEqual([
        ['AssumeRoleWithWebIdentity', ''],
        ['GetCallerIdentity', ''],
      ]);
      // The SDK for JavaScript exchanges by a client of another package, so the second call is looked at.
      expect(`${stage.wire[1]?.userAgent} `).toContain(sdk.agent(sdk.version()));
      const path = sdk.keepsPath ? profiles[profile].path : '';
      expect(new Set(stage.wire.map((seen) => seen.path.replace(/\/$/, '')))).toEqual(new Set([path]));
    },
  );

  test('credentials are kept as long as they last, and gotten anew with the token that is there by then', async () => {
    const stage = await newStage();
    const program = await startIn(stage, sdk);
    const arn = `arn:aws:sts::${stage.tenant.accountId}:assumed-role/my-app/my-app-0`;
    const ask = async () => expect(await program.ask({ call: 'identity' })).toMatchObject({ result: { arn } });
    const left = sdk.renewsAhead ? 50 : 8;
    const tokens = [
      await stage.token({ issuedAt: Date.now() - 3_590_000 }),
      await stage.token({ issuedAt: Date.now() - 2_700_000 }),
    ];
    stage.pod.projectToken(tokens[0] ?? '');
    stage.hooks.issuedAgo = sessionSeconds - left;
    stage.hooks.afterAnswer = () => {
      // The kubelet has written another token by now; what it brings has twenty minutes left, with which each SDK is content.
      stage.pod.projectToken(tokens[1] ?? '');
      stage.hooks.issuedAgo = sessionSeconds - 1200;
    };
    await ask();
    if (!sdk.renewsAhead) await wait(left * 1000);
    for (let i = 0; i < 3; i++) await ask();

    const exchanges = stage.exchanges();
    expect(exchanges.map(({ code, token }) => ({ code, token }))).toEqual(tokens.map((token) => ({ code: '', token })));
    const [first, second] = exchanges.map(({ issued }) => issued);
    expect(first).not.toBe(second);
    expect(stage.wire.slice(-2).map(({ accessKeyId }) => accessKeyId)).toEqual([second, second]);
  });

  test('reads every field of the answer', async () => {
    const stage = await newStage();
    const program = await startIn(stage, sdk);
    const { accountId, role, roleArn, provider } = stage.tenant;
    const before = Date.now();
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    const token = await stage.token();
    const call = { call: 'exchange', roleArn, sessionName: 'by-hand', token, durationSeconds: 900, policy } as const;
    const { result, error } = await program.ask(call);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({
      accessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/),
      arn: `arn:aws:sts::${accountId}:assumed-role/my-app/by-hand`,
      assumedRoleId: `${role.id}:by-hand`,
      subject: 'system:serviceaccount:default:my-app',
      audience: 'podiam',
      provider,
      packedPolicySize: expect.any(Number),
    });
    const expiration = Number(result?.['expiration']);
    expect(expiration).toBeGreaterThanOrEqual(before + 899_000);
    expect(expiration).toBeLessThanOrEqual(Date.now() + 900_000);
  });

  test('goes on to another role', async () => {
    const stage = await newStage();
    const program = await startIn(stage, sdk);
    const { accountId, nextRoleArn } = stage.tenant;
    const { result, error } = await program.ask({ call: 'chain', roleArn: nextRoleArn, sessionName: 'further' });
    expect(error).toBeUndefined();
    const arn = `arn:aws:sts::${accountId}:assumed-role/next/further`;
    expect(result).toMatchObject({ arn, whoAmI: arn });
    expect(stage.wire.map(({ action, code }) => [action, code])).toEqual([
      ['AssumeRoleWithWebIdentity', ''],
      ['AssumeRole', ''],
      ['GetCallerIdentity', ''],
    ]);
  });

  test('speaks to the STS over TLS, and to none that it was not told to trust', async () => {
    const stage = await newStage({ encrypted: true });
    const trusting = await startIn(stage, sdk, await sdk.trust(stage));
    expect(await trusting.ask({ call: 'identity' })).toMatchObject({ result: { account: stage.tenant.accountId } });
    const seen = stage.wire.length;
    const distrusting = await startIn(stage, sdk, { AWS_MAX_ATTEMPTS: '1' });
    const roleArn = stage.tenant.roleArn;
    const call = { call: 'exchange', roleArn, sessionName: 'by-hand', token: await stage.token() } as const;
    const { error } = await distrusting.ask(call);
    expect(error?.message).toMatch(/certificate|SSL|PKIX/i);
    expect(stage.wire).toHaveLength(seen);
  });
});
