// A pod that uses the SDK for JavaScript. Requests come as lines of JSON and are answered in lines of JSON. Nothing about
// the platform is configured here: all that the SDK knows of it comes from the environment.
import { createInterface } from 'node:readline';
import { Sha256 } from '@aws-crypto/sha256-js';
import {
  type AssumedRoleUser,
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  STSClient,
  STSServiceException,
} from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { type PodRequest, podRequestShape } from '../conversation.ts';

const sts = new STSClient({});

async function identity() {
  const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
  return { account: Account, arn: Arn, userId: UserId };
}

function assumed(keys: Credentials | undefined, user: AssumedRoleUser | undefined) {
  return {
    accessKeyId: keys?.AccessKeyId,
    expiration: keys?.Expiration?.getTime(),
    arn: user?.Arn,
    assumedRoleId: user?.AssumedRoleId,
  };
}

async function exchange(request: PodRequest) {
  const answer = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: request.roleArn,
      RoleSessionName: request.sessionName,
      WebIdentityToken: request.token,
      DurationSeconds: request.durationSeconds,
      Policy: request.policy,
    }),
  );
  return {
    ...assumed(answer.Credentials, answer.AssumedRoleUser),
    subject: answer.SubjectFromWebIdentityToken,
    audience: answer.Audience,
    provider: answer.Provider,
    packedPolicySize: answer.PackedPolicySize,
  };
}

/** The other role, and who its session is. */
async function chain(request: PodRequest) {
  const call = new AssumeRoleCommand({ RoleArn: request.roleArn, RoleSessionName: request.sessionName });
  const { Credentials: keys, AssumedRoleUser: user } = await sts.send(call);
  const credentials = {
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  };
  const whoAmI = await new STSClient({ credentials }).send(new GetCallerIdentityCommand({}));
  return { ...assumed(keys, user), whoAmI: whoAmI.Arn };
}

/** A request of no AWS service, signed by the SDK's own signer. */
async function send({ method = 'GET', url = '', service = '', body }: PodRequest) {
  const { protocol, hostname, host, pathname, searchParams } = new URL(url);
  const { credentials, region } = sts.config;
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
  const query = Object.fromEntries(searchParams);
  const plain = { method, protocol, hostname, path: pathname, query, headers: { host }, body };
  const { headers } = await signer.sign(plain);
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  return { status: answer.status, body: await answer.text() };
}

const nameOf = (value: unknown) => (value instanceof Error ? value.constructor.name : '');
const codeOf = (error: Error) => ('Code' in error ? String(error.Code) : error.name);

function failure(error: unknown) {
  const told = { type: nameOf(error), code: '', message: String(error), requestId: '' };
  if (!(error instanceof STSServiceException || (error instanceof Error && '$metadata' in error))) return told;
  const requestId = error instanceof STSServiceException ? (error.$metadata.requestId ?? '') : '';
  return { ...told, code: codeOf(error), message: error.message, requestId };
}

const calls = { identity, exchange, chain, send };

for await (const line of createInterface({ input: process.stdin })) {
  const request = podRequestShape.parse(JSON.parse(line));
  const answer = await calls[request.call](request).then(
    (result) => ({ result }),
    (error: unknown) => ({ error: failure(error) }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
