// What a call's parameters must look like in the AWS Query protocol, and the API's own words for what is wrong with them.
// Source: AWS STS and IAM API References, "Common errors"; AWS Query Protocol, lists ("Tags.member.1.Key").
import { type Refusal, refuse } from '../refusals/index.ts';
import type { QueryParameters } from './query.ts';

/** What a value must look like. */
export interface Form {
  /** Characters. */
  readonly shortest?: number;
  readonly longest?: number;
  /** One character class over the whole value: linear. */
  readonly pattern?: RegExp;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** Of a whole number. */
  readonly least?: number;
  readonly most?: number;
  /** Whether the value opens something, and so is never repeated. */
  readonly secret?: boolean;
}

export interface Shape extends Form {
  readonly parameter: string;
  /** The name that the API's own messages use. */
  readonly member: string;
  readonly required: boolean;
}

function sizeComplaint({ shortest = 0, longest = Infinity }: Form, { length }: string): string | undefined {
  if (length < shortest) return `Member must have length greater than or equal to ${shortest}`;
  return length > longest ? `Member must have length less than or equal to ${longest}` : undefined;
}

function numberComplaint({ least, most }: Form, value: string): string | undefined {
  if (least === undefined || most === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) return 'Member must be a whole number';
  if (Number(value) < least) return `Member must have value greater than or equal to ${least}`;
  return Number(value) > most ? `Member must have value less than or equal to ${most}` : undefined;
}

function textComplaint({ pattern, choices }: Form, value: string): string | undefined {
  if (choices && !choices.includes(value)) return `Member must satisfy enum value set: [${choices.join(', ')}]`;
  if (!pattern || pattern.test(value)) return undefined;
  return `Member must satisfy regular expression pattern: ${pattern.source.slice(1, -1)}`;
}

function complaint(shape: Shape, value: string | undefined): string | undefined {
  if (value === undefined) return shape.required ? 'Member must not be null' : undefined;
  return sizeComplaint(shape, value) ?? numberComplaint(shape, value) ?? textComplaint(shape, value);
}

/** What stands at fault in the API's own words, all of it at once; undefined where nothing does. */
function refuseMisshapen(parameters: QueryParameters, shapes: readonly Shape[]): Refusal | undefined {
  const errors: string[] = [];
  for (const shape of shapes) {
    const value = parameters.get(shape.parameter);
    const constraint = complaint(shape, value);
    if (constraint === undefined) continue;
    const shown = shape.secret ? '' : `Value '${value?.slice(0, 80) ?? 'null'}' `;
    errors.push(`${shown}at '${shape.member}' failed to satisfy constraint: ${constraint}`);
  }
  if (errors.length === 0) return undefined;
  const detected = `${errors.length} validation error${errors.length > 1 ? 's' : ''} detected`;
  return refuse('query-parameters-invalid', { detected, errors: errors.join('; ') });
}

/** `member` lists, as the Query protocol counts them: `Tags.member.1.Key`. */
export interface ListShape {
  /** Such as `Tags`. */
  readonly list: string;
  /** What each item has; `''` for a plain text, `Values.member` for a list of its own. */
  readonly fields: readonly string[];
  readonly most: number;
  /** 1 where the list must be there; 0 without it. */
  readonly least?: number;
  /** What the fields must look like; those without a form are taken as they are. */
  readonly forms?: Readonly<Record<string, Form>>;
}

const listedName = /^([A-Za-z]+)\.member\.([1-9]\d{0,2})(?:\.([A-Za-z]+)(\.member\.[1-9]\d{0,2})?)?$/;

/** The name of a list that the API writes in its own messages. */
export const memberName = (parameter: string) => `${parameter.slice(0, 1).toLowerCase()}${parameter.slice(1)}`;

function isListed(parameter: string, value: string, lists: readonly ListShape[]): boolean {
  const [, list, , field = '', nested] = listedName.exec(parameter) ?? [];
  const taken = nested === undefined ? field : `${field}.member`;
  // SDKs write a list that is there and empty as its bare name.
  const isEmptyList = value === '' && lists.some((shape) => shape.list === parameter);
  return isEmptyList || lists.some((shape) => shape.list === list && shape.fields.includes(taken));
}

/**
 * The first parameter that the call does not have. One that is not understood may be there to narrow what is asked for:
 * ignoring it, or another spelling of it, would widen it.
 */
function refuseUnknown(
  parameters: QueryParameters,
  { shapes, lists }: CallShape,
  common: readonly string[],
): Refusal | undefined {
  const isTaken = (name: string) => common.includes(name) || shapes.some(({ parameter }) => parameter === name);
  for (const [parameter, value] of parameters) {
    if (isTaken(parameter) || isListed(parameter, value, lists)) continue;
    return refuse('query-parameter-not-taken', { name: parameter.slice(0, 128) });
  }
  return undefined;
}

/** A list's item: its fields by name. Of a list within, `Values.member.2` and so on. */
export type ListItem = ReadonlyMap<string, string>;

function itemShapes({ list, forms = {} }: ListShape, count: number): readonly Shape[] {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((number) =>
    Object.entries(forms).map(([field, form]) => ({
      ...form,
      parameter: `${list}.member.${number}${field === '' ? '' : `.${field}`}`,
      member: `${memberName(list)}.${number}.member${field === '' ? '' : `.${memberName(field)}`}`,
      required: true,
    })),
  );
}

/** The list's items in their order. @returns `query-parameters-invalid` where it has gaps, too many, or unfit ones */
export function readList(parameters: QueryParameters, shape: ListShape): readonly ListItem[] | Refusal {
  const { list, most, least = 0 } = shape;
  const items = new Map<number, Map<string, string>>();
  for (const [parameter, value] of parameters) {
    if (!parameter.startsWith(list)) continue;
    const [, named, number, field = '', nested = ''] = listedName.exec(parameter) ?? [];
    if (named !== list) continue;
    const item = items.get(Number(number)) ?? new Map<string, string>();
    items.set(Number(number), item.set(`${field}${nested}`, value));
  }
  const wrong = (constraint: string) =>
    refuse('query-parameters-invalid', {
      detected: '1 validation error detected',
      errors: `Value at '${memberName(list)}' failed to satisfy constraint: ${constraint}`,
    });
  if (items.size < least) return wrong('Member must not be null');
  if (items.size > most) return wrong(`Member must have length less than or equal to ${most}`);
  const ordered = Array.from({ length: items.size }, (_, index) => items.get(index + 1));
  if (!ordered.every((item) => item !== undefined)) return wrong('Members must be counted from 1 without gaps');
  return refuseMisshapen(parameters, itemShapes(shape, ordered.length)) ?? ordered;
}

/** What a call takes beside Action and Version. */
export interface CallShape {
  readonly shapes: readonly Shape[];
  readonly lists: readonly ListShape[];
}

/** What is wrong with a call's parameters; undefined where nothing is. @param common those that every call may have */
export function refuseShape(
  parameters: QueryParameters,
  shape: CallShape,
  common: readonly string[],
): Refusal | undefined {
  return refuseUnknown(parameters, shape, common) ?? refuseMisshapen(parameters, shape.shapes);
}
