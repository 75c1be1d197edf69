// An application that lives on: it asks who it is again and again, with a client that keeps its credentials and with one
// that has to exchange the token that lies there now. A line for each new token, and for each failure.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const everyMs = 300;
const tell = (facts) => console.log(JSON.stringify(facts));
const kept = new STSClient({});
const whoIs = async (client) => (await client.send(new GetCallerIdentityCommand({}))).Arn;

function tokenId() {
  const [, claims] = readFileSync(process.env.AWS_WEB_IDENTITY_TOKEN_FILE, 'utf8').split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).jti;
}

let told = '';
for (;;) {
  try {
    const token = tokenId();
    const arns = [await whoIs(kept), await whoIs(new STSClient({}))];
    if (token !== told) tell({ token, arns });
    told = token;
  } catch (error) {
    tell({ failure: String(error) });
  }
  await wait(everyMs);
}
