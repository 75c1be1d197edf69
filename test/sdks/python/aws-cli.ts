// The AWS CLI as a pod's program: each call is a process of its own, and credentials are kept between them on the disk.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import type { PodAnswer, PodRequest, Program } from '../conversation.ts';

type Environment = Readonly<Record<string, string>>;

const identityShape = z.object({ Account: z.string(), Arn: z.string(), UserId: z.string() });

const assumedShape = z.object({
  Credentials: z.object({
    AccessKeyId: z.string(),
    SecretAccessKey: z.string(),
    SessionToken: z.string(),
    Expiration: z.string(),
  }),
  AssumedRoleUser: z.object({ Arn: z.string(), AssumedRoleId: z.string() }),
  SubjectFromWebIdentityToken: z.string().optional(),
  Audience: z.string().optional(),
  Provider: z.string().optional(),
  PackedPolicySize: z.number().optional(),
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runAws(interpreter: string, args: readonly string[], env: Environment): Promise<Ended> {
  const child = spawn(interpreter, ['-m', 'awscli', 'sts', ...args, '--output', 'json'], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code));
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Such as "An error occurred (AccessDenied) when calling the AssumeRole operation: Not authorized …". */
function failure({ code, stderr }: Ended): PodAnswer {
  const [, wire = '', message = ''] =
    /An error occurred \((\w+)\) when calling the \w+ operation[^:]*: ([^]*)/.exec(stderr) ?? [];
  return { error: { type: '', code: wire, message: message.trim() || `exit ${code}: ${stderr}`, requestId: '' } };
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, String(value)];
}

function optionsOf(request: PodRequest): string[] {
  return [
    ...option('role-arn', request.roleArn),
    ...option('role-session-name', request.sessionName),
    ...option('web-identity-token', request.token),
    ...option('duration-seconds', request.durationSeconds),
    ...option('policy', request.policy),
  ];
}

function assumed(stdout: string) {
  const answer = assumedShape.parse(JSON.parse(stdout));
  const { Credentials: keys, AssumedRoleUser: user } = answer;
  const result = {
    accessKeyId: keys.AccessKeyId,
    expiration: Date.parse(keys.Expiration),
    arn: user.Arn,
    assumedRoleId: user.AssumedRoleId,
    subject: answer.SubjectFromWebIdentityToken ?? null,
    audience: answer.Audience ?? null,
    provider: answer.Provider ?? null,
    packedPolicySize: answer.PackedPolicySize ?? null,
  };
  const environment = {
    AWS_ACCESS_KEY_ID: keys.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.SecretAccessKey,
    AWS_SESSION_TOKEN: keys.SessionToken,
  };
  return { result, environment };
}

/** @param environment the whole of it */
export function startAwsCli(interpreter: string, environment: Environment): Program {
  const aws = (args: readonly string[], more: Environment = {}) =>
    runAws(interpreter, args, { ...environment, ...more });

  async function identity(more: Environment = {}): Promise<PodAnswer> {
    const ended = await aws(['get-caller-identity'], more);
    if (ended.code !== 0) return failure(ended);
    const { Account, Arn, UserId } = identityShape.parse(JSON.parse(ended.stdout));
    return { result: { account: Account, arn: Arn, userId: UserId } };
  }

  async function exchange(request: PodRequest): Promise<PodAnswer> {
    const ended = await aws(['assume-role-with-web-identity', ...optionsOf(request)]);
    return ended.code === 0 ? { result: assumed(ended.stdout).result } : failure(ended);
  }

  async function chain(request: PodRequest): Promise<PodAnswer> {
    const ended = await aws(['assume-role', ...optionsOf(request)]);
    if (ended.code !== 0) return failure(ended);
    const { result, environment: keys } = assumed(ended.stdout);
    const { result: who, error } = await identity(keys);
    return error === undefined ? { result: { ...result, whoAmI: who?.['arn'] ?? null } } : { error };
  }

  const send = () => Promise.reject(new Error('the AWS CLI signs requests of AWS services alone'));
  const calls = { identity: () => identity(), exchange, chain, send };
  return { ask: (request) => calls[request.call](request) };
}
