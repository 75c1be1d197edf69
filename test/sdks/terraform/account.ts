// A platform as a provider runs it, with an account that is empty, for tools that keep accounts.
import { z } from 'zod';
import { podiam, startPodiam, temporaryFolder } from '../../cli/podiam.ts';

const openedShape = z.object({
  id: z.string(),
  root_key: z.object({ access_key_id: z.string(), secret_access_key: z.string(), bearer: z.string() }),
});

/** @param flags of the platform's own, beside where it is */
export async function newAccount(flags: readonly string[] = []) {
  const data = await temporaryFolder();
  const args = ['--data', data, '--port', '0', '--metrics-port', '0', '--drain-seconds', '0'];
  const platform = startPodiam(['platform', ...args, ...flags]);
  const [, api = ''] = await platform.saidOnError(/"api":"([^"]+)".*"the platform is ready"/);
  const run = await podiam(['platform', 'account', 'create', '--name', 'team', '--data', data, '--output', 'json']);
  if (run.code !== 0) throw new Error(run.stderr);
  const { id, root_key: root } = openedShape.parse(JSON.parse(run.stdout));
  const headers = { authorization: `Bearer ${root.bearer}` };
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text);
  };
  return {
    id,
    api,
    call,
    credentials: { accessKeyId: root.access_key_id, secretAccessKey: root.secret_access_key },
    /** By the variables that every AWS client reads; to be asked at this address. */
    environment: (address = api) => ({
      AWS_ENDPOINT_URL: address,
      AWS_ACCESS_KEY_ID: root.access_key_id,
      AWS_SECRET_ACCESS_KEY: root.secret_access_key,
    }),
  };
}

export type Account = Awaited<ReturnType<typeof newAccount>>;
