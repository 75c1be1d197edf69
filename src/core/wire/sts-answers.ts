// The STS's answers, Version 2011-06-15 (AWS STS API Reference).
import type { Answer, Field } from './answers.ts';

export const stsNamespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** What every answer with credentials has. */
export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** `AROA…:SESSION` */
  readonly assumedRoleId: string;
  readonly assumedRoleArn: string;
  readonly sourceIdentity: string | undefined;
  /** Per cent of what a session's policies and tags may take. */
  readonly packedPolicySize: number | undefined;
}

export interface WebIdentitySession extends IssuedSession {
  readonly subject: string;
  readonly audience: string;
  /** The provider's ARN. */
  readonly provider: string;
}

function credentialFields(session: IssuedSession): Field {
  return [
    'Credentials',
    [
      ['AccessKeyId', session.accessKeyId],
      ['SecretAccessKey', session.secretAccessKey],
      ['SessionToken', session.sessionToken],
      ['Expiration', { time: session.expiresAt }],
    ],
  ];
}

function userFields(session: IssuedSession): Field {
  return [
    'AssumedRoleUser',
    [
      ['AssumedRoleId', session.assumedRoleId],
      ['Arn', session.assumedRoleArn],
    ],
  ];
}

export function webIdentityAnswer(session: WebIdentitySession): Answer {
  return {
    action: 'AssumeRoleWithWebIdentity',
    result: [
      credentialFields(session),
      ['SubjectFromWebIdentityToken', session.subject],
      userFields(session),
      ['PackedPolicySize', session.packedPolicySize],
      ['Provider', session.provider],
      ['Audience', session.audience],
      ['SourceIdentity', session.sourceIdentity],
    ],
  };
}

export function assumeRoleAnswer(session: IssuedSession): Answer {
  return {
    action: 'AssumeRole',
    result: [
      credentialFields(session),
      userFields(session),
      ['PackedPolicySize', session.packedPolicySize],
      ['SourceIdentity', session.sourceIdentity],
    ],
  };
}

export interface CallerIdentity {
  readonly userId: string;
  readonly account: string;
  readonly arn: string;
}

export function callerIdentityAnswer({ arn, userId, account }: CallerIdentity): Answer {
  return {
    action: 'GetCallerIdentity',
    result: [
      ['Arn', arn],
      ['UserId', userId],
      ['Account', account],
    ],
  };
}

export function accessKeyInfoAnswer(account: string): Answer {
  return { action: 'GetAccessKeyInfo', result: [['Account', account]] };
}
