// What the STS refuses reaches a program as the typed exception of its SDK, with the request id under which the
// platform's log tells more.
import { beforeAll, describe, expect, test } from 'vitest';
import { refuse } from '../../src/core/refusals/index.ts';
import { newClusterKey } from '../features/platform.ts';
import type { PodRequest } from './conversation.ts';
import { type Sdk, sdks, startIn } from './programs.ts';
import { newStage, otherIssuer, type Stage } from './stage.ts';
import { provide } from './toolchain.ts';

interface Refused {
  /** What is wrong with the call. */
  readonly title: string;
  readonly code: string;
  /** The exception's name in the API's model; undefined where SDKs have none for the code. */
  readonly exception?: string;
  readonly change: (stage: Stage) => Promise<Partial<PodRequest>> | Partial<PodRequest>;
}

const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' };
/** As long as a policy may be: with the pod's tags it no longer fits into a session. */
const longestPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [allowAll] }).padEnd(2048, ' ');

const refusals: readonly Refused[] = [
  {
    title: 'an expired token',
    code: 'ExpiredTokenException',
    exception: 'ExpiredTokenException',
    change: async ({ token }) => ({ token: await token({ issuedAt: Date.now() - 7_200_000 }) }),
  },
  {
    title: 'a token for another audience',
    code: 'InvalidIdentityToken',
    exception: 'InvalidIdentityTokenException',
    change: async ({ token }) => ({ token: await token({ audiences: ['https://kubernetes.default.svc'] }) }),
  },
  {
    title: 'a token by another key',
    code: 'InvalidIdentityToken',
    exception: 'InvalidIdentityTokenException',
    change: async ({ token, tenant }) => ({
      token: await token({ key: { ...newClusterKey(), keyId: tenant.key.keyId } }),
    }),
  },
  {
    title: 'a token of another service account',
    code: 'AccessDenied',
    change: async ({ token }) => ({ token: await token({ serviceAccount: 'other' }) }),
  },
  {
    title: 'a role that does not exist',
    code: 'AccessDenied',
    change: ({ tenant }) => ({ roleArn: `${tenant.roleArn}-missing` }),
  },
  {
    title: 'a token that the cluster has withdrawn',
    code: 'IDPRejectedClaim',
    exception: 'IDPRejectedClaimException',
    change: async ({ token }) => ({ token: await token({ issuer: otherIssuer }) }),
  },
  { title: 'a session name with a space', code: 'ValidationError', change: () => ({ sessionName: 'my app' }) },
  { title: 'a session beyond the role’s', code: 'ValidationError', change: () => ({ durationSeconds: 7200 }) },
  {
    title: 'a session policy that is none',
    code: 'MalformedPolicyDocument',
    exception: 'MalformedPolicyDocumentException',
    change: () => ({ policy: '{"Version":' }),
  },
  {
    title: 'a session policy for which there is no room',
    code: 'PackedPolicyTooLarge',
    exception: 'PackedPolicyTooLargeException',
    change: () => ({ policy: longestPolicy }),
  },
];

/** Java writes acronyms as words (`IdpRejectedClaimException`). */
const folded = (type: string) => type.toLowerCase();

function expectedType(sdk: Sdk, exception: string | undefined): string {
  return sdk.plainError === '' ? '' : folded(exception ?? sdk.plainError);
}

/** The AWS CLI has no exceptions, and starts anew for each: enough that its message has the code. */
function refusalsFor({ plainError }: Sdk): readonly Refused[] {
  return plainError === '' ? refusals.filter(({ title }) => title.startsWith('a token')) : refusals;
}

describe.each(sdks)('$name', (sdk) => {
  beforeAll(async () => void (sdk.toolchain && (await provide(sdk.toolchain))), 900_000);

  test('reports each refusal as its own exception, after one attempt, with the request id of the log', async () => {
    const withdrawn = refuse('sts-token-review-failed', { problem: 'the pod is gone' });
    const stage = await newStage({ ports: { reviewToken: () => Promise.resolve(withdrawn) } });
    await stage.tenant.registerReviewed();
    const program = await startIn(stage, sdk);
    const told: unknown[] = [];
    const expected: unknown[] = [];
    for (const { title, code, exception, change } of refusalsFor(sdk)) {
      const { roleArn } = stage.tenant;
      const call = { call: 'exchange', roleArn, sessionName: 'by-hand', token: await stage.token() } as const;
      const attempts = stage.wire.length;
      const { error } = await program.ask({ ...call, ...(await change(stage)) });
      const seen = stage.wire.slice(attempts);
      const inLog = stage.lines.findLast(({ message }) => message === 'refused')?.facts['requestId'];
      const hasId = sdk.plainError === '' || error?.requestId === inLog;
      told.push({ title, code: error?.code, type: folded(error?.type ?? ''), hasId, attempts: seen.map(codeOf) });
      expected.push({ title, code, type: expectedType(sdk, exception), hasId: true, attempts: [code] });
    }
    expect(told).toEqual(expected);
  });

  test('passes on what is wrong where the pod’s own token is refused', async () => {
    const stage = await newStage();
    stage.pod.projectToken(await stage.token({ audiences: ['https://kubernetes.default.svc'] }));
    const program = await startIn(stage, sdk);
    const { error } = await program.ask({ call: 'identity' });
    expect(error?.message).toContain('Incorrect token audience: https://kubernetes.default.svc');
    expect(stage.wire.map(codeOf)).toEqual(
      Array.from({ length: sdk.invalidTokenAttempts }, () => 'InvalidIdentityToken'),
    );
  });

  test('reports a session that was revoked as expired, and goes on using it', async () => {
    const stage = await newStage();
    const program = await startIn(stage, sdk);
    expect(await program.ask({ call: 'identity' })).toMatchObject({ result: { account: stage.tenant.accountId } });
    stage.revocations.add({
      accountId: stage.tenant.accountId,
      scope: { kind: 'role', roleId: stage.tenant.role.id },
      issuedBefore: Date.now() + 1,
    });
    const expired = { error: { code: 'ExpiredToken', message: expect.stringContaining('revoked') } };
    expect(await program.ask({ call: 'identity' })).toMatchObject(expired);
    expect(await program.ask({ call: 'identity' })).toMatchObject(expired);
    expect(stage.wire.map(codeOf)).toEqual(['', '', 'ExpiredToken', 'ExpiredToken']);
  });
});

function codeOf({ code }: { readonly code: string }): string {
  return code;
}
