// What a call's parameters must look like, and the API's own words for what is wrong with them.
// Source: AWS STS API Reference, "AssumeRole", "AssumeRoleWithWebIdentity", "Common errors".
import { type Refusal, refuse } from '../refusals/index.ts';
import type { QueryParameters } from './query.ts';

export interface Shape {
  readonly parameter: string;
  /** The name that the API's own messages use. */
  readonly member: string;
  readonly required: boolean;
  readonly shortest: number;
  readonly longest: number;
  /** One character class over the whole value: linear. */
  readonly pattern?: RegExp;
  /** Whether the value opens something, and so is never repeated. */
  readonly secret?: boolean;
}

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

function complaint(shape: Shape, value: string | undefined): string | undefined {
  if (value === undefined) return shape.required ? 'Member must not be null' : undefined;
  if (value.length < shape.shortest) return `Member must have length greater than or equal to ${shape.shortest}`;
  if (value.length > shape.longest) return `Member must have length less than or equal to ${shape.longest}`;
  if (shape.pattern && !shape.pattern.test(value)) {
    return `Member must satisfy regular expression pattern: ${shape.pattern.source.slice(1, -1)}`;
  }
  return undefined;
}

/** What stands at fault in the API's own words, all of it at once; undefined where nothing does. */
export function refuseMisshapen(parameters: QueryParameters, shapes: readonly Shape[]): Refusal | undefined {
  const errors = shapes.flatMap((shape) => {
    const value = parameters.get(shape.parameter);
    const constraint = complaint(shape, value);
    if (constraint === undefined) return [];
    const shown = shape.secret ? '' : `Value '${value?.slice(0, 80) ?? 'null'}' `;
    return [`${shown}at '${shape.member}' failed to satisfy constraint: ${constraint}`];
  });
  if (errors.length === 0) return undefined;
  const detected = `${errors.length} validation error${errors.length > 1 ? 's' : ''} detected`;
  return refuse('sts-parameters-invalid', { detected, errors: errors.join('; ') });
}

/** `member` lists, as the Query protocol counts them: `Tags.member.1.Key`. */
export interface ListShape {
  /** Such as `Tags`. */
  readonly list: string;
  /** What each item has; `''` for a plain text. */
  readonly fields: readonly string[];
  readonly most: number;
}

const listedName = /^([A-Za-z]+)\.member\.([1-9]\d{0,2})(?:\.([A-Za-z]+))?$/;

/**
 * The first parameter that the call does not have. One that is not understood may be there to narrow the session: ignoring
 * it, or another spelling of it, would widen it.
 */
export function refuseUnknown(
  parameters: QueryParameters,
  taken: ReadonlySet<string>,
  lists: readonly ListShape[],
): Refusal | undefined {
  for (const parameter of parameters.keys()) {
    if (taken.has(parameter)) continue;
    const [, list, , field = ''] = listedName.exec(parameter) ?? [];
    const known = lists.some((shape) => shape.list === list && shape.fields.includes(field));
    if (!known) return refuse('sts-parameter-not-taken', { name: parameter.slice(0, 128) });
  }
  return undefined;
}

/** The list's items in their order, each with its fields. @returns `sts-parameters-invalid` where it has gaps or too many */
export function readList(
  parameters: QueryParameters,
  { list, most }: ListShape,
): readonly ReadonlyMap<string, string>[] | Refusal {
  const items = new Map<number, Map<string, string>>();
  for (const [parameter, value] of parameters) {
    const [, named, number, field = ''] = listedName.exec(parameter) ?? [];
    if (named !== list) continue;
    const item = items.get(Number(number)) ?? new Map<string, string>();
    items.set(Number(number), item.set(field, value));
  }
  const wrong = (constraint: string) =>
    refuse('sts-parameters-invalid', {
      detected: '1 validation error detected',
      errors: `Value at '${list.slice(0, 1).toLowerCase()}${list.slice(1)}' failed to satisfy constraint: ${constraint}`,
    });
  if (items.size > most) return wrong(`Member must have length less than or equal to ${most}`);
  const ordered = Array.from({ length: items.size }, (_, index) => items.get(index + 1));
  return ordered.every((item) => item !== undefined) ? ordered : wrong('Members must be counted from 1 without gaps');
}

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
