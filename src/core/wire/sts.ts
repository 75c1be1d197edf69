// STS on the wire, Version 2011-06-15: what a call's parameters must look like, and the XML of its answers.
// Source: AWS STS API Reference, "AssumeRoleWithWebIdentity", "GetCallerIdentity", "Common errors".
import { type Refusal, refuse } from '../refusals/index.ts';
import type { QueryParameters } from './query.ts';
import { renderXml, type XmlElement } from './xml.ts';

export const stsVersion = '2011-06-15';
const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

export interface WebIdentityCall {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly token: string;
  readonly durationSeconds: number;
  /** The session policy's JSON text. */
  readonly policy: string | undefined;
}

interface Shape {
  readonly parameter: string;
  /** The name that the API's own messages use. */
  readonly member: string;
  readonly required: boolean;
  readonly shortest: number;
  readonly longest: number;
  /** One character class over the whole value: linear. */
  readonly pattern?: RegExp;
}

const defaultDurationSeconds = 3600;
const shortestDurationSeconds = 900;
const longestDurationSeconds = 43_200;

const shapes: readonly Shape[] = [
  { parameter: 'RoleArn', member: 'roleArn', required: true, shortest: 20, longest: 2048 },
  {
    parameter: 'RoleSessionName',
    member: 'roleSessionName',
    required: true,
    shortest: 2,
    longest: 64,
    pattern: /^[\w+=,.@-]*$/,
  },
  { parameter: 'WebIdentityToken', member: 'webIdentityToken', required: true, shortest: 4, longest: 20_000 },
  {
    parameter: 'Policy',
    member: 'policy',
    required: false,
    shortest: 1,
    longest: 2048,
    pattern: /^[\t\n\r\u0020-\u00FF]+$/,
  },
];

/** A parameter that is not understood may be there to narrow the session: ignoring it, or another spelling, would widen it. */
const taken = new Set(['Action', 'Version', 'DurationSeconds', ...shapes.map(({ parameter }) => parameter)]);

function complaint(shape: Shape, value: string | undefined): string | undefined {
  if (value === undefined) return shape.required ? 'Member must not be null' : undefined;
  if (value.length < shape.shortest) return `Member must have length greater than or equal to ${shape.shortest}`;
  if (value.length > shape.longest) return `Member must have length less than or equal to ${shape.longest}`;
  if (shape.pattern && !shape.pattern.test(value)) {
    return `Member must satisfy regular expression pattern: ${shape.pattern.source.slice(1, -1)}`;
  }
  return undefined;
}

/** What stands at fault in the API's own words; a token's value is never repeated. */
function validationErrors(parameters: QueryParameters): string[] {
  return shapes.flatMap((shape) => {
    const value = parameters.get(shape.parameter);
    const constraint = complaint(shape, value);
    if (constraint === undefined) return [];
    const shown = shape.parameter === 'WebIdentityToken' ? '' : `Value '${value?.slice(0, 80) ?? 'null'}' `;
    return [`${shown}at '${shape.member}' failed to satisfy constraint: ${constraint}`];
  });
}

function durationOf(parameters: QueryParameters): number | Refusal {
  const text = parameters.get('DurationSeconds');
  if (text === undefined) return defaultDurationSeconds;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= shortestDurationSeconds && seconds <= longestDurationSeconds) return seconds;
  return refuse('sts-duration-out-of-range', {
    value: text,
    shortest: shortestDurationSeconds,
    longest: longestDurationSeconds,
  });
}

/** The call that the parameters make, or the first thing that is wrong with them. */
export function parseWebIdentityCall(parameters: QueryParameters): WebIdentityCall | Refusal {
  const stranger = [...parameters.keys()].find((name) => !taken.has(name));
  if (stranger !== undefined) return refuse('sts-parameter-not-taken', { name: stranger });
  // SDKs send the token file as it is, with the line break at its end.
  const trimmed = new Map(parameters);
  const token = parameters.get('WebIdentityToken')?.trim();
  if (token !== undefined) trimmed.set('WebIdentityToken', token);
  const errors = validationErrors(trimmed);
  if (errors.length > 0) {
    const detected = `${errors.length} validation error${errors.length > 1 ? 's' : ''} detected`;
    return refuse('sts-parameters-invalid', { detected, errors: errors.join('; ') });
  }
  const durationSeconds = durationOf(parameters);
  if (typeof durationSeconds !== 'number') return durationSeconds;
  return {
    roleArn: parameters.get('RoleArn') ?? '',
    sessionName: parameters.get('RoleSessionName') ?? '',
    token: token ?? '',
    durationSeconds,
    policy: parameters.get('Policy'),
  };
}

export interface WebIdentityAnswer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch; told in whole seconds, as SDKs expect it. */
  readonly expiresAt: number;
  readonly subject: string;
  readonly audience: string;
  /** The provider's ARN. */
  readonly provider: string;
  /** `AROA…:SESSION` */
  readonly assumedRoleId: string;
  readonly assumedRoleArn: string;
}

const isoSeconds = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

function answer(action: string, requestId: string, result: readonly XmlElement[]): string {
  return renderXml(`${action}Response`, namespace, [
    [`${action}Result`, result],
    ['ResponseMetadata', [['RequestId', requestId]]],
  ]);
}

export function webIdentityXml(result: WebIdentityAnswer, requestId: string): string {
  return answer('AssumeRoleWithWebIdentity', requestId, [
    [
      'Credentials',
      [
        ['AccessKeyId', result.accessKeyId],
        ['SecretAccessKey', result.secretAccessKey],
        ['SessionToken', result.sessionToken],
        ['Expiration', isoSeconds(result.expiresAt)],
      ],
    ],
    ['SubjectFromWebIdentityToken', result.subject],
    [
      'AssumedRoleUser',
      [
        ['AssumedRoleId', result.assumedRoleId],
        ['Arn', result.assumedRoleArn],
      ],
    ],
    ['Provider', result.provider],
    ['Audience', result.audience],
  ]);
}

export interface CallerIdentity {
  readonly userId: string;
  readonly account: string;
  readonly arn: string;
}

export function callerIdentityXml(caller: CallerIdentity, requestId: string): string {
  return answer('GetCallerIdentity', requestId, [
    ['Arn', caller.arn],
    ['UserId', caller.userId],
    ['Account', caller.account],
  ]);
}

/** A refusal as STS's clients read it: the code decides which typed exception, and whether they try again. */
export function stsErrorXml(refusal: Refusal, requestId: string): string {
  return renderXml('ErrorResponse', namespace, [
    [
      'Error',
      [
        ['Type', refusal.status >= 500 ? 'Receiver' : 'Sender'],
        ['Code', refusal.wire],
        ['Message', refusal.explain()],
      ],
    ],
    ['RequestId', requestId],
  ]);
}
