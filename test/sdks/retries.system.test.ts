// What passes by itself is tried again by every SDK without being told to, and what it waits for is granted then.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Sdk, sdks, startIn } from './programs.ts';
import { newStage, otherIssuer, type Stage } from './stage.ts';
import { provide } from './toolchain.ts';

const codes = (stage: Stage) => stage.exchanges().map(({ code }) => code);

describe.each(sdks)('$name', (sdk: Sdk) => {
  beforeAll(async () => void (sdk.toolchain && (await provide(sdk.toolchain))), 900_000);

  test('IDPCommunicationError: the cluster’s keys could not be had the first time', async () => {
    const stage = await newStage();
    const upload = await stage.tenant.registerWithoutKeys();
    stage.pod.projectToken(await stage.token({ issuer: otherIssuer }));
    stage.hooks.afterAnswer = ({ code }) => (code === 'IDPCommunicationError' ? upload() : undefined);
    const program = await startIn(stage, sdk);
    expect(await program.ask({ call: 'identity' })).toMatchObject({ result: { account: stage.tenant.accountId } });
    expect(codes(stage)).toEqual(['IDPCommunicationError', '']);
  });

  test('Throttling: the account’s rate was used up', async () => {
    const plenty = { burst: 100, perSecond: 100 };
    const rates = { account: { burst: 1, perSecond: 0.001 }, issuer: plenty, unproven: plenty };
    const stage = await newStage({ ports: { rates } });
    const program = await startIn(stage, sdk);
    const { roleArn } = stage.tenant;
    const call = { call: 'exchange', roleArn, sessionName: 'by-hand', token: await stage.token() } as const;
    expect(await program.ask(call)).toMatchObject({ result: {} });
    stage.hooks.afterAnswer = ({ code }) => {
      // A quarter of an hour later, by the platform's clock, there is room for another.
      if (code === 'Throttling') stage.skew.now += 1_000_000;
    };
    expect(await program.ask(call)).toMatchObject({ result: {} });
    expect(codes(stage)).toEqual(['', 'Throttling', '']);
  });

  test('ServiceUnavailable: the records could not be reached for a moment', async () => {
    const stage = await newFaultyStage();
    const program = await startIn(stage, sdk);
    expect(await program.ask({ call: 'identity' })).toMatchObject({ result: { account: stage.tenant.accountId } });
    expect(codes(stage)).toEqual(['ServiceUnavailable', '']);
  });
});

/** Its first session cannot be put on record. */
function newFaultyStage(): Promise<Stage> {
  let isFirst = true;
  return newStage({
    wrapRegistry: (registry) => ({
      account: (id) => registry.account(id),
      findRoleByUuid: (uuid) => registry.findRoleByUuid(uuid),
      appendAudit: (event) => registry.appendAudit(event),
      issueSession: (session, event) => {
        if (!isFirst) return registry.issueSession(session, event);
        isFirst = false;
        return Promise.reject(new Error('disk I/O error'));
      },
    }),
  });
}
