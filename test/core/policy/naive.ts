// A second evaluator of policies, written only to be read: straight from the JSON, with regular expressions, Date.parse
// and Node's BlockList, nothing compiled and nothing shared with src/. The differential test holds the two together.
// Truth is a number here: 1 yes, 0 no, 0.5 cannot be judged; so "and" is the least, "or" the greatest, "not" 1 - x.
import { BlockList, isIP } from 'node:net';

export interface NaiveStatement {
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, string>;
  NotPrincipal?: '*' | Record<string, string>;
  Action?: string[];
  NotAction?: string[];
  Resource?: string[];
  NotResource?: string[];
  Condition?: Record<string, Record<string, string[]>>;
}

export interface NaiveDocument {
  Version: string;
  Statement: NaiveStatement[];
}

export interface NaiveRequest {
  action: string;
  resource: string;
  principal: { type: string; id: string };
  context: Record<string, string[]>;
}

interface Where {
  request: NaiveRequest;
  /** Of the document: it says whether there are policy variables. */
  version: string;
}

const and = (truths: number[]) => Math.min(1, ...truths);
const or = (truths: number[]) => Math.max(0, ...truths);
const truth = (is: boolean) => (is ? 1 : 0);

function valuesOf(request: NaiveRequest, key: string): string[] {
  return Object.entries(request.context).flatMap(([k, v]) => (k.toLowerCase() === key.toLowerCase() ? v : []));
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
const variable = /\$\{([^},]+)(?:, *'([^']*)')?\}/g;

/** A pattern as a regular expression; undefined where a variable has no value. */
function expressionOf(pattern: string, { request, version }: Where, wildcards: boolean): RegExp | undefined {
  const plain = (text: string) =>
    wildcards ? escape(text).replaceAll('\\*', '.*').replaceAll('\\?', '.') : escape(text);
  if (version !== '2012-10-17') return new RegExp(`^${plain(pattern)}$`, 's');
  let source = '';
  let end = 0;
  for (const found of pattern.matchAll(variable)) {
    const [whole, key = '', fallback] = found;
    const values = valuesOf(request, key);
    const value = ['*', '?', '$'].includes(key) ? key : values.length === 0 ? fallback : values[0];
    if (value === undefined || values.length > 1) return undefined;
    source += plain(pattern.slice(end, found.index)) + escape(value);
    end = found.index + whole.length;
  }
  return new RegExp(`^${source}${plain(pattern.slice(end))}$`, 's');
}

function date(text: string): number {
  if (/^\d{4}$/.test(text)) return Date.parse(text);
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
}

const number = (text: string) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN);

function ordered(relation: string, asked: number, written: number): number {
  if (Number.isNaN(asked) || Number.isNaN(written)) return 0.5;
  if (relation === 'Equals') return truth(asked === written);
  if (relation === 'LessThan') return truth(asked < written);
  if (relation === 'LessThanEquals') return truth(asked <= written);
  if (relation === 'GreaterThan') return truth(asked > written);
  return relation === 'GreaterThanEquals' ? truth(asked >= written) : 0.5;
}

function address(asked: string, written: string): number {
  const [network = '', prefix] = written.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(asked) === 0) return 0.5;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix ?? (family === 4 ? 32 : 128)), name);
  return truth(isIP(asked) === family && list.check(asked, name));
}

type Fits = (asked: string, written: string, where: Where) => number;

const isArn = (text: string) => /^arn:([^:]*:){4}/.test(text);
const sixParts = (text: string) => [...text.split(':').slice(0, 5), text.split(':').slice(5).join(':')];

const arn: Fits = (asked, written, where) => {
  if (!isArn(asked)) return 0.5;
  const parts = sixParts(written).map((part, i) => expressionOf(part, where, true)?.test(sixParts(asked)[i] ?? ''));
  return truth(written === '*' || parts.every((fits) => fits === true));
};

const exact: Fits = (asked, written, where) => truth(expressionOf(written, where, false)?.test(asked) ?? false);
const like: Fits = (asked, written, where) => truth(expressionOf(written, where, true)?.test(asked) ?? false);
const ignoringCase: Fits = (asked, written, where) => {
  const expression = expressionOf(written, where, false);
  return truth(expression !== undefined && new RegExp(expression, 'si').test(asked));
};

const isBoolean = (text: string) => /^(?:true|false)$/i.test(text);
const isBase64 = (text: string) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==)?$/.test(text);
const same =
  (is: (text: string) => boolean): Fits =>
  (asked, written) =>
    is(asked) && is(written) ? truth(asked.toLowerCase() === written.toLowerCase()) : 0.5;

/** By the operator's name without `Not`: what may be written, and does one value fit another? */
const families: [name: RegExp, isReadable: (written: string) => boolean, fits: (name: string) => Fits][] = [
  [/^StringEquals$/, () => true, () => exact],
  [/^StringLike$/, () => true, () => like],
  [/^StringEqualsIgnoreCase$/, () => true, () => ignoringCase],
  [
    /^Numeric(Equals|(Less|Greater)Than(Equals)?)$/,
    (written) => !Number.isNaN(number(written)),
    (name) => (asked, written) => ordered(name.slice(7), number(asked), number(written)),
  ],
  [
    /^Date(Equals|(Less|Greater)Than(Equals)?)$/,
    (written) => !Number.isNaN(date(written)),
    (name) => (asked, written) => ordered(name.slice(4), date(asked), date(written)),
  ],
  [/^Bool$/, isBoolean, () => same(isBoolean)],
  [/^BinaryEquals$/, isBase64, () => (asked, written) => (isBase64(asked) ? truth(asked === written) : 0.5)],
  [/^IpAddress$/, (written) => isIP(written.split('/')[0] ?? '') !== 0, () => address],
  [/^Arn(Equals|Like)$/, (written) => written === '*' || isArn(written), () => arn],
];

/** `Not` in front of IpAddress, inside the others. */
const negatable = /^(?:Not(?=IpAddress$)|(String|Numeric|Date|Arn)Not(?=Equals$|EqualsIgnoreCase$|Like$))/;

/** What a missing key satisfies: the qualifier, or without one whether the operator is negated. */
const holdsForNothing = new Set(['ForAllValues', 'true']);

function condition(operator: string, asked: string[], written: string[], where: Where): number {
  if (operator === 'Null') return truth(written.includes(String(asked.length === 0)));
  const [, qualifier, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  const negated = negatable.test(name);
  const base = name.replace(negatable, '$1');
  const [, isReadable = () => false, fits] = families.find(([pattern]) => pattern.test(base)) ?? [];
  if (!fits || !written.every(isReadable)) return 0.5;
  if (asked.length === 0) return truth(ifExists !== undefined || holdsForNothing.has(qualifier ?? String(negated)));
  const each = asked.map((value) => {
    const any = or(written.map((one) => fits(base)(value, one, where)));
    return negated ? 1 - any : any;
  });
  if (qualifier === 'ForAllValues') return and(each);
  if (qualifier === 'ForAnyValue') return or(each);
  return each.length === 1 ? and(each) : 0.5;
}

function principal(wanted: '*' | Record<string, string>, { principal: { type, id } }: NaiveRequest): number {
  if (wanted === '*' || wanted['AWS'] === '*') return 1;
  return truth(wanted[type] === '*' || wanted[type] === id);
}

const actionFits = (action: string, { request }: Where) =>
  like(request.action.toLowerCase(), action.toLowerCase(), { request, version: '2008-10-17' });

function resourceFits(resource: string, where: Where, unfilled: number): number {
  if (resource === '*') return 1;
  const written = sixParts(resource).map((part) => expressionOf(part, where, true));
  if (written.includes(undefined)) return unfilled;
  const asked = sixParts(where.request.resource);
  return truth(isArn(where.request.resource) && written.every((part, i) => part?.test(asked[i] ?? '')));
}

function statement(one: NaiveStatement, where: Where): number {
  const { request } = where;
  const parts: number[] = [];
  if (one.Principal) parts.push(principal(one.Principal, request));
  if (one.NotPrincipal) parts.push(1 - principal(one.NotPrincipal, request));
  if (one.Action) parts.push(or(one.Action.map((action) => actionFits(action, where))));
  if (one.NotAction) parts.push(1 - or(one.NotAction.map((action) => actionFits(action, where))));
  if (one.Resource) parts.push(or(one.Resource.map((resource) => resourceFits(resource, where, 0))));
  if (one.NotResource) parts.push(1 - or(one.NotResource.map((resource) => resourceFits(resource, where, 0.5))));
  for (const [operator, keys] of Object.entries(one.Condition ?? {})) {
    for (const [key, values] of Object.entries(keys)) {
      parts.push(condition(operator, valuesOf(request, key), values, where));
    }
  }
  return and(parts);
}

export function naiveOutcome(documents: NaiveDocument[], request: NaiveRequest): 'allowed' | 'refused' {
  const judged = documents.flatMap((document) =>
    document.Statement.map((one) => ({
      effect: one.Effect,
      truth: statement(one, { request, version: document.Version }),
    })),
  );
  if (judged.some(({ effect, truth }) => effect === 'Deny' && truth > 0)) return 'refused';
  return judged.some(({ effect, truth }) => effect === 'Allow' && truth === 1) ? 'allowed' : 'refused';
}
