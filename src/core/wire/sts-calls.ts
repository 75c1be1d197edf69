// The STS's calls, Version 2011-06-15, read from their parameters.
// Source: AWS STS API Reference, "AssumeRoleWithWebIdentity", "AssumeRole", "GetAccessKeyInfo".
import { Refusal, refuse } from '../refusals/index.ts';
import type { QueryParameters } from './query.ts';
import { type CallShape, type ListShape, readList, refuseShape } from './query-parameters.ts';
import {
  accessKeyIdShape,
  externalIdShape,
  policyShape,
  readDuration,
  roleArnShape,
  sessionNameShape,
  sourceIdentityShape,
  tokenShape,
} from './sts-parameters.ts';

export const stsVersion = '2011-06-15';

/** What every call for a role's session has. */
export interface SessionCall {
  /** A role's ARN or UUID. */
  readonly role: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  /** The session policy's JSON text. */
  readonly policy: string | undefined;
  /** The managed policies that the session is narrowed to, by ARN. */
  readonly policyArns: readonly string[];
}

export interface WebIdentityCall extends SessionCall {
  readonly token: string;
}

export interface AssumeRoleCall extends SessionCall {
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
  readonly externalId: string | undefined;
}

const durations = { fallback: 3600, shortest: 900, longest: 43_200 };
const policyArns: ListShape = { list: 'PolicyArns', fields: ['arn'], most: 10 };
const tags: ListShape = { list: 'Tags', fields: ['Key', 'Value'], most: 50 };
const transitiveTagKeys: ListShape = { list: 'TransitiveTagKeys', fields: [''], most: 50 };
const common = ['Action', 'Version', 'DurationSeconds'];

const webIdentity: CallShape = {
  shapes: [roleArnShape, sessionNameShape, tokenShape, policyShape],
  lists: [policyArns],
};

const assumeRole: CallShape = {
  shapes: [roleArnShape, sessionNameShape, policyShape, sourceIdentityShape, externalIdShape],
  lists: [policyArns, tags, transitiveTagKeys],
};

function readSessionCall(parameters: QueryParameters): SessionCall | Refusal {
  const durationSeconds = readDuration(parameters, durations);
  if (durationSeconds instanceof Refusal) return durationSeconds;
  const arns = readList(parameters, policyArns);
  if (arns instanceof Refusal) return arns;
  return {
    role: parameters.get('RoleArn') ?? '',
    sessionName: parameters.get('RoleSessionName') ?? '',
    durationSeconds,
    policy: parameters.get('Policy'),
    policyArns: arns.map((item) => item.get('arn') ?? ''),
  };
}

/** The call that the parameters make, or the first thing that is wrong with them. */
export function parseWebIdentityCall(parameters: QueryParameters): WebIdentityCall | Refusal {
  // SDKs send the token file as it is, with the line break at its end.
  const sent = parameters.get('WebIdentityToken');
  const token = sent?.trim();
  const trimmed =
    token === undefined || token === sent ? parameters : new Map(parameters).set('WebIdentityToken', token);
  const refusal = refuseShape(trimmed, webIdentity, common);
  if (refusal !== undefined) return refusal;
  const call = readSessionCall(parameters);
  return call instanceof Refusal ? call : { ...call, token: token ?? '' };
}

/** Session tags as the call lists them. A key that stands twice, in whatever case, would leave open which one counts. */
function readTags(parameters: QueryParameters): Readonly<Record<string, string>> | Refusal {
  const items = readList(parameters, tags);
  if (items instanceof Refusal) return items;
  const entries = items.map((item) => [item.get('Key') ?? '', item.get('Value') ?? ''] as const);
  const seen = new Set<string>();
  for (const [key] of entries) {
    if (seen.has(key.toLowerCase())) return refuse('sts-tag-repeated', { key: key.slice(0, 128) });
    seen.add(key.toLowerCase());
  }
  return Object.fromEntries(entries);
}

export function parseAssumeRoleCall(parameters: QueryParameters): AssumeRoleCall | Refusal {
  const refusal = refuseShape(parameters, assumeRole, common);
  if (refusal !== undefined) return refusal;
  const call = readSessionCall(parameters);
  if (call instanceof Refusal) return call;
  const sessionTags = readTags(parameters);
  if (sessionTags instanceof Refusal) return sessionTags;
  const keys = readList(parameters, transitiveTagKeys);
  if (keys instanceof Refusal) return keys;
  return {
    ...call,
    tags: sessionTags,
    transitiveTagKeys: keys.map((item) => item.get('') ?? ''),
    sourceIdentity: parameters.get('SourceIdentity'),
    externalId: parameters.get('ExternalId'),
  };
}

/** The access key that is asked about. */
export function parseAccessKeyInfoCall(parameters: QueryParameters): string | Refusal {
  const refusal = refuseShape(parameters, { shapes: [accessKeyIdShape], lists: [] }, common);
  return refusal ?? parameters.get('AccessKeyId') ?? '';
}
