// What the parameters of the STS's calls must look like.
// Source: AWS STS API Reference, "AssumeRole", "AssumeRoleWithWebIdentity".
import { type Refusal, refuse } from '../refusals/index.ts';
import type { QueryParameters } from './query.ts';
import type { Shape } from './query-parameters.ts';

const name = /^[\w+=,.@-]*$/;

export const roleArnShape: Shape = {
  parameter: 'RoleArn',
  member: 'roleArn',
  required: true,
  shortest: 20,
  longest: 2048,
};

export const sessionNameShape: Shape = {
  parameter: 'RoleSessionName',
  member: 'roleSessionName',
  required: true,
  shortest: 2,
  longest: 64,
  pattern: name,
};

export const tokenShape: Shape = {
  parameter: 'WebIdentityToken',
  member: 'webIdentityToken',
  required: true,
  shortest: 4,
  longest: 20_000,
  secret: true,
};

export const policyShape: Shape = {
  parameter: 'Policy',
  member: 'policy',
  required: false,
  shortest: 1,
  longest: 2048,
  pattern: /^[\t\n\r\u0020-\u00FF]+$/,
};

export const sourceIdentityShape: Shape = {
  ...sessionNameShape,
  parameter: 'SourceIdentity',
  member: 'sourceIdentity',
  required: false,
};

export const externalIdShape: Shape = {
  parameter: 'ExternalId',
  member: 'externalId',
  required: false,
  shortest: 2,
  longest: 1224,
  pattern: /^[\w+=,.@:/-]*$/,
};

export const accessKeyIdShape: Shape = {
  parameter: 'AccessKeyId',
  member: 'accessKeyId',
  required: true,
  shortest: 16,
  longest: 128,
  pattern: /^\w*$/,
};

/** Whole seconds between the two; `fallback` where there are none. */
export function readDuration(
  parameters: QueryParameters,
  { fallback, shortest, longest }: { readonly fallback: number; readonly shortest: number; readonly longest: number },
): number | Refusal {
  const text = parameters.get('DurationSeconds');
  if (text === undefined) return fallback;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= shortest && seconds <= longest) return seconds;
  return refuse('sts-duration-out-of-range', { value: text.slice(0, 80), shortest, longest });
}
