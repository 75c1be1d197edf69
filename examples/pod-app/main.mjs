// An application with the unchanged AWS SDK. It knows nothing of Podiam: its environment says where its identity is.
import { Sha256 } from '@aws-crypto/sha256-js';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';

const tell = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

const sts = new STSClient({});
const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
tell('identity', { account: Account, arn: Arn });

async function call(step, method, path, credentials) {
  const { hostname, port, host } = new URL(process.env.COMPUTE_API_URL);
  const signer = new SignatureV4({ credentials, region: process.env.AWS_REGION, service: 'compute', sha256: Sha256 });
  const request = { method, protocol: 'http:', hostname, port: Number(port), path, query: {}, headers: { host } };
  const { headers } = await signer.sign(request);
  const response = await fetch(`http://${host}${path}`, { method, headers });
  const { message = '' } = await response.json();
  tell(step, { status: response.status, message });
}

const credentials = await sts.config.credentials();
const flipped = credentials.sessionToken.at(60) === 'A' ? 'B' : 'A';
const tampered = credentials.sessionToken.slice(0, 60) + flipped + credentials.sessionToken.slice(61);
await call('allowed', 'GET', '/v1/instances', credentials);
await call('refused', 'DELETE', '/v1/instances/web-1', credentials);
await call('tampered', 'GET', '/v1/instances', { ...credentials, sessionToken: tampered });
