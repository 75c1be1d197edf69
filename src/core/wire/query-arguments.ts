// A call's parameters, once they are known to have the right shape, by their types.
import { Refusal } from '../refusals/index.ts';
import type { QueryParameters } from './query.ts';
import { type CallShape, type ListItem, readList, refuseShape } from './query-parameters.ts';

export interface Arguments {
  /** The parameter's text; empty where it was not given. */
  readonly text: (parameter: string) => string;
  readonly given: (parameter: string) => string | undefined;
  /** A whole number; undefined where it was not given. */
  readonly number: (parameter: string) => number | undefined;
  readonly isTrue: (parameter: string) => boolean;
  /** A list's items; none where it was not given. */
  readonly items: (list: string) => readonly ListItem[];
  /** The items of a list of plain texts. */
  readonly texts: (list: string) => readonly string[];
}

const common = ['Action', 'Version'];

/** The arguments of a call of that shape, or the first thing that is wrong with them. */
export function readArguments(parameters: QueryParameters, shape: CallShape): Arguments | Refusal {
  const refusal = refuseShape(parameters, shape, common);
  if (refusal !== undefined) return refusal;
  const lists = new Map<string, readonly ListItem[]>();
  for (const list of shape.lists) {
    const items = readList(parameters, list);
    if (items instanceof Refusal) return items;
    lists.set(list.list, items);
  }
  const items = (list: string) => lists.get(list) ?? [];
  return {
    text: (parameter) => parameters.get(parameter) ?? '',
    given: (parameter) => parameters.get(parameter),
    number: (parameter) => {
      const text = parameters.get(parameter);
      return text === undefined ? undefined : Number(text);
    },
    isTrue: (parameter) => parameters.get(parameter) === 'true',
    items,
    texts: (list) => items(list).map((item) => item.get('') ?? ''),
  };
}
