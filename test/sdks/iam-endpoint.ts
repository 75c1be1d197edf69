// The IAM API and the STS for programs of their own: one account, on a real listener, by the machine's clock.
import { type HttpRequest, isIamCall } from '../../src/core/wire/index.ts';
import { createIamHandler, openAccount } from '../../src/features/iam/index.ts';
import { createSts } from '../../src/features/sts/index.ts';
import { serve } from '../../src/io/http/index.ts';
import { must, newPlatform } from '../features/platform.ts';

export async function serveIam() {
  const { ports, clock } = newPlatform();
  clock.now = Date.now();
  const { account, rootKey } = must(await openAccount(ports, 'programs'));
  const iam = createIamHandler({ ...ports, checkIssuer: () => Promise.resolve(undefined) });
  const sts = createSts(ports).handler;
  const handler = (request: HttpRequest) => (isIamCall(request) ? iam(request) : sts(request));
  const server = await serve({ host: '127.0.0.1', port: 0, handler });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    rootKey,
    records: ports.registry.account(account.id),
    close: () => server.close({ graceMs: 0 }),
  };
}
