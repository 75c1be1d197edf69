// The condition operators as rows (AWS IAM User Guide, "IAM JSON policy elements: Condition operators"). A row says how
// one value of the policy is made into a test of one value of the request; how tests are joined is in conditions.ts.
import { contains, readAddress, readNetwork } from '../addresses/index.ts';
import { compileArn } from './arns.ts';
import type { PolicyVersion } from './document.ts';
import type { RequestContext } from './request.ts';
import {
  compileExact,
  compileExactIgnoringCase,
  compileLike,
  parseTemplate,
  type Template,
  type TextTest,
} from './template.ts';
import { readBinary, readBoolean, readDate, readNumber } from './values.ts';
import type { Verdict } from './verdict.ts';

/** Judges one value of the request; `unsure` where the operator cannot read it. */
export type ValueTest = (value: string, context: RequestContext) => Verdict;

export interface Operator {
  /** True if none of the policy's values may fit, and for a key that is missing. */
  readonly negated: boolean;
  /** What the policy's values have to be. */
  readonly takes: string;
  /** Undefined for a value that the operator cannot read. */
  readonly compile: (written: string, version: PolicyVersion) => ValueTest | undefined;
}

export type SetQualifier = 'ForAllValues' | 'ForAnyValue';

export interface OperatorName {
  readonly qualifier: SetQualifier | undefined;
  /** Without qualifier and `IfExists`. */
  readonly base: string;
  readonly ifExists: boolean;
}

const verdictOf = (holds: boolean): Verdict => (holds ? 'yes' : 'no');

/** Variables came with the version 2012-10-17; before, `${` was text. */
export const hasVariables = (version: PolicyVersion) => version === '2012-10-17';

function textOperator(compileText: (template: Template) => TextTest, wildcards: boolean): Omit<Operator, 'negated'> {
  return {
    takes: 'text, in which each ${ opens a policy variable such as ${aws:username}',
    compile: (written, version) => {
      const template = parseTemplate(written, { variables: hasVariables(version), wildcards });
      if (template === undefined) return undefined;
      const test = compileText(template);
      return (value, context) => verdictOf(test(value, context) === true);
    },
  };
}

const arnOperator: Omit<Operator, 'negated'> = {
  takes: 'an ARN of six parts between colons, in which * and ? are wildcards',
  compile: (written, version) => {
    const template = parseTemplate(written, { variables: hasVariables(version), wildcards: true });
    const test = template === undefined ? undefined : compileArn(template);
    if (test === undefined) return undefined;
    return (value, context) => {
      const fits = test(value, context);
      return fits === 'no-arn' ? 'unsure' : verdictOf(fits === true);
    };
  },
};

/** An operator that reads both sides and compares what it read. */
function comparison<Asked, Written>(sides: {
  readonly takes: string;
  readonly readAsked: (value: string) => Asked | undefined;
  readonly readWritten: (value: string) => Written | undefined;
  readonly holds: (asked: Asked, written: Written) => boolean;
}): Omit<Operator, 'negated'> {
  return {
    takes: sides.takes,
    compile: (text) => {
      const written = sides.readWritten(text);
      if (written === undefined) return undefined;
      return (value) => {
        const asked = sides.readAsked(value);
        return asked === undefined ? 'unsure' : verdictOf(sides.holds(asked, written));
      };
    },
  };
}

type Order = (asked: number, written: number) => boolean;

const numberOperator = (holds: Order) =>
  comparison({ takes: 'a decimal number of at most 15 digits', readAsked: readNumber, readWritten: readNumber, holds });

const dateOperator = (holds: Order) =>
  comparison({
    takes: 'a date such as 2030-01-31T12:00:00Z, or seconds since 1970',
    readAsked: readDate,
    readWritten: readDate,
    holds,
  });

const equal = <Value>(asked: Value, written: Value) => asked === written;

const boolOperator = comparison({
  takes: 'true or false',
  readAsked: readBoolean,
  readWritten: readBoolean,
  holds: equal,
});

const binaryOperator = comparison({
  takes: 'bytes in Base64',
  readAsked: readBinary,
  readWritten: readBinary,
  holds: equal,
});

const addressOperator = comparison({
  takes: 'an IP address, alone or with the length of a prefix such as 10.0.0.0/8',
  readAsked: readAddress,
  readWritten: readNetwork,
  holds: (address, network) => contains(network, address),
});

const is = (operator: Omit<Operator, 'negated'>): Operator => ({ negated: false, ...operator });
const isNot = (operator: Omit<Operator, 'negated'>): Operator => ({ negated: true, ...operator });

const exact = textOperator(compileExact, false);
const exactIgnoringCase = textOperator(compileExactIgnoringCase, false);
const like = textOperator(compileLike, true);

const operators: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', is(exact)],
  ['StringNotEquals', isNot(exact)],
  ['StringEqualsIgnoreCase', is(exactIgnoringCase)],
  ['StringNotEqualsIgnoreCase', isNot(exactIgnoringCase)],
  ['StringLike', is(like)],
  ['StringNotLike', isNot(like)],
  ['NumericEquals', is(numberOperator(equal))],
  ['NumericNotEquals', isNot(numberOperator(equal))],
  ['NumericLessThan', is(numberOperator((asked, written) => asked < written))],
  ['NumericLessThanEquals', is(numberOperator((asked, written) => asked <= written))],
  ['NumericGreaterThan', is(numberOperator((asked, written) => asked > written))],
  ['NumericGreaterThanEquals', is(numberOperator((asked, written) => asked >= written))],
  ['DateEquals', is(dateOperator(equal))],
  ['DateNotEquals', isNot(dateOperator(equal))],
  ['DateLessThan', is(dateOperator((asked, written) => asked < written))],
  ['DateLessThanEquals', is(dateOperator((asked, written) => asked <= written))],
  ['DateGreaterThan', is(dateOperator((asked, written) => asked > written))],
  ['DateGreaterThanEquals', is(dateOperator((asked, written) => asked >= written))],
  ['Bool', is(boolOperator)],
  ['BinaryEquals', is(binaryOperator)],
  ['IpAddress', is(addressOperator)],
  ['NotIpAddress', isNot(addressOperator)],
  ['ArnEquals', is(arnOperator)],
  ['ArnNotEquals', isNot(arnOperator)],
  ['ArnLike', is(arnOperator)],
  ['ArnNotLike', isNot(arnOperator)],
]);

/** The operator that asks whether a key is missing; it has no form with IfExists or for sets. */
export const nullOperator = 'Null';

export const operatorNames: readonly string[] = [...operators.keys(), nullOperator];

export function findOperator(base: string): Operator | undefined {
  return operators.get(base);
}

const qualifiers: readonly SetQualifier[] = ['ForAllValues', 'ForAnyValue'];
const ifExistsEnding = 'IfExists';

export function parseOperatorName(written: string): OperatorName {
  const qualifier = qualifiers.find((name) => written.startsWith(`${name}:`));
  const bare = qualifier === undefined ? written : written.slice(qualifier.length + 1);
  const ifExists = bare.endsWith(ifExistsEnding);
  return { qualifier, ifExists, base: ifExists ? bare.slice(0, -ifExistsEnding.length) : bare };
}
