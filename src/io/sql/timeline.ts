// Lists of what happened, by time and then by the order of writing, in pages and filtered.
import { integer, type Row } from './columns.ts';
import { limitOf, type Page, pageOf, type SessionFilter } from './queries.ts';
import { rowsOf, type Value, type Work } from './work.ts';

export interface Timeline {
  readonly table: 'sessions' | 'audit';
  /** The column with the time; `seq` orders what has the same. */
  readonly time: 'issued_at' | 'at';
}

type TimeQuery = Pick<SessionFilter, 'limit' | 'after' | 'newestFirst' | 'from' | 'until'>;

interface PageRequest<Item> {
  readonly query: TimeQuery;
  /** By column; what is undefined filters nothing. */
  readonly equals: Readonly<Record<string, string | undefined>>;
  readonly itemOf: (row: Row) => Item;
}

/** Forward and backward are the same but for these. */
const directions = {
  forward: { bound: '>', order: 'ASC' },
  backward: { bound: '<', order: 'DESC' },
} as const;

/** `TIME.SEQ` of the last row of the page before; undefined for anything else, which begins at the beginning. */
function positionOf(after: string | undefined): readonly [number, number] | undefined {
  const [, time = '', seq = ''] = /^(\d{1,15})\.(\d{1,15})$/.exec(after ?? '') ?? [];
  return time === '' ? undefined : [Number(time), Number(seq)];
}

type Condition = readonly [sql: string, ...values: Value[]];

function conditionsOf({ time }: Timeline, { query, equals }: Omit<PageRequest<never>, 'itemOf'>): readonly Condition[] {
  const { bound } = directions[query.newestFirst === true ? 'backward' : 'forward'];
  const position = positionOf(query.after);
  const conditions: (Condition | undefined)[] = [
    ...Object.entries(equals).map(([column, value]): Condition | undefined =>
      value === undefined ? undefined : [`${column} = ?`, value],
    ),
    query.from === undefined ? undefined : [`${time} >= ?`, Math.ceil(query.from)],
    query.until === undefined ? undefined : [`${time} < ?`, Math.ceil(query.until)],
    position && [`(${time}, seq) ${bound} (?, ?)`, ...position],
  ];
  return conditions.filter((condition) => condition !== undefined);
}

export function* findPage<Item>(timeline: Timeline, { query, equals, itemOf }: PageRequest<Item>): Work<Page<Item>> {
  const { table, time } = timeline;
  const { order } = directions[query.newestFirst === true ? 'backward' : 'forward'];
  const conditions = conditionsOf(timeline, { query, equals });
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
  const rows = yield* rowsOf(`SELECT * FROM ${table} ${where} ORDER BY ${time} ${order}, seq ${order} LIMIT ?`, [
    ...conditions.flatMap(([, ...values]) => values),
    limitOf(query) + 1,
  ]);
  return pageOf(rows, query, { itemOf, positionOf: (row) => `${integer(row, time)}.${integer(row, 'seq')}` });
}
