// Requests to an API that is no service of AWS, signed by the SDKs' own signers with the pod's credentials, at the gateway.
import { beforeAll, describe, expect, test } from 'vitest';
import { sdks, startIn } from './programs.ts';
import { apiAnswerShape, newStage } from './stage.ts';
import { provide } from './toolchain.ts';

const read = (result: Readonly<Record<string, unknown>> | undefined) => {
  const body: unknown = JSON.parse(String(result?.['body']));
  return apiAnswerShape.parse(body);
};

describe.each(sdks.filter(({ signs }) => signs))('$name', (sdk) => {
  beforeAll(async () => void (sdk.toolchain && (await provide(sdk.toolchain))), 900_000);

  test('signs what the gateway lets through, and what it refuses', async () => {
    const stage = await newStage();
    const { url } = await stage.startGateway();
    const program = await startIn(stage, sdk);
    const call = { call: 'send', service: 'compute' } as const;
    const principal = `arn:aws:sts::${stage.tenant.accountId}:assumed-role/my-app/my-app-0`;

    const target = '/v1/instances?limit=2&name=a%20b';
    const listed = await program.ask({ ...call, method: 'GET', url: `${url}${target}` });
    expect(listed).toMatchObject({ result: { status: 200 } });
    const { target: arrived = '', ...told } = read(listed.result);
    expect(told).toEqual({ principal, authorization: null });
    // The SDK for Java keeps a query's parameters in an order of its own.
    expect(arrived.split(/[?&]/).toSorted()).toEqual(target.split(/[?&]/).toSorted());

    const body = '{"name":"web-1"}';
    const refused = await program.ask({ ...call, method: 'POST', url: `${url}/v1/instances`, body });
    expect(refused).toMatchObject({ result: { status: 403 } });
    expect(read(refused.result)).toMatchObject({ code: 'AccessDenied' });

    const other = await program.ask({ ...call, service: 's3', method: 'GET', url: `${url}/v1/instances` });
    expect(other).toMatchObject({ result: { status: 403 } });
    expect(read(other.result)).toMatchObject({ code: 'SignatureDoesNotMatch' });
    expect(stage.exchanges()).toHaveLength(1);
  });
});
