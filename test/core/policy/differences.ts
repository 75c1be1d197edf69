// Where we judge a condition differently from the independent evaluator, and by which part of AWS's documentation (the
// IAM User Guide, unless another is named). What also differs from AWS itself has its sentence in docs/iam-api.md.
import { type Answer, formOf, ourAnswer, type Question } from './independent.ts';

export interface Difference {
  readonly reason: string;
  readonly covers: (question: Question) => boolean;
  /** One of them, with both answers. */
  readonly example: Question & { readonly ours: Answer; readonly theirs: Answer };
  /** Said in docs/iam-api.md; absent where we are as AWS documents it. */
  readonly deviation?: string;
}

const isMissing = ({ asked }: Question) => asked === undefined || asked.length === 0;
const several = ({ asked }: Question) => (asked?.length ?? 0) > 1;
const isNegated = (question: Question) => formOf(question).base.includes('Not');
const writes = (question: Question, part: RegExp) => question.written.some((value) => part.test(value));
const asks = (question: Question, part: RegExp) => (question.asked ?? []).some((value) => part.test(value));

export const differences: readonly Difference[] = [
  {
    reason: 'A key with several values needs a set operator (Single-valued vs. multivalued context keys).',
    covers: (question) => formOf(question).qualifier === undefined && several(question),
    example: { operator: 'StringEquals', written: ['a'], asked: ['a', 'b'], ours: 'unsure', theirs: 'no' },
    deviation: 'An operator without ForAllValues or ForAnyValue cannot judge a key that has several values',
  },
  {
    reason: 'What a value means that the operator cannot read is said nowhere: it must not widen access.',
    covers: (question) => ourAnswer(question) === 'unsure' && !several(question),
    example: { operator: 'NumericNotEquals', written: ['9'], asked: ['ten'], ours: 'unsure', theirs: 'no' },
    deviation: 'nor can one judge a value that it cannot read',
  },
  {
    reason: 'The same, of one value among several.',
    covers: (question) => formOf(question).qualifier !== undefined && ourAnswer(question) === 'unsure',
    example: {
      operator: 'ForAllValues:NumericNotEquals',
      written: ['9'],
      asked: ['10', 'ten'],
      ours: 'unsure',
      theirs: 'no',
    },
  },
  {
    reason: 'A key whose value is empty is as one that is not there (Condition operators: Null).',
    covers: (question) => question.asked?.length === 0 && formOf(question).qualifier === undefined,
    example: { operator: 'StringNotEquals', written: ['a'], asked: [], ours: 'yes', theirs: 'no' },
  },
  {
    reason: '…IfExists is true of a key that is not there, whatever stands before it (Condition operators: …IfExists).',
    covers: (question) => {
      const { qualifier, ifExists } = formOf(question);
      return qualifier === 'ForAnyValue' && ifExists && isMissing(question);
    },
    example: {
      operator: 'ForAnyValue:StringEqualsIfExists',
      written: ['a'],
      asked: undefined,
      ours: 'yes',
      theirs: 'no',
    },
  },
  {
    reason: '${*}, ${?} and ${$} stand wherever a variable may (Variables and tags: Special characters).',
    covers: (question) => formOf(question).base.includes('Equals') && writes(question, /\$\{[*?$]\}/),
    example: { operator: 'StringEquals', written: ['${*}'], asked: ['*'], ours: 'yes', theirs: 'no' },
  },
  {
    reason: 'Nothing is equal to a variable without a value, so negated operators match (Variables with no value).',
    covers: (question) => isNegated(question) && writes(question, /\$\{svc:none\}/),
    example: { operator: 'StringNotEquals', written: ['${svc:none}b'], asked: ['b'], ours: 'yes', theirs: 'no' },
  },
  {
    reason: 'A key with several values is no variable (Single-valued vs. multivalued context keys): it has no value.',
    covers: (question) => isNegated(question) && writes(question, /\$\{svc:many\}/),
    example: { operator: 'StringNotEquals', written: ['${svc:many}'], asked: ['x'], ours: 'yes', theirs: 'no' },
  },
  {
    reason: 'Epoch time is in seconds, as the UNIX clock has it (Condition operators: Date); theirs in milliseconds.',
    covers: (question) =>
      formOf(question).base.startsWith('Date') && (writes(question, /^\d{10}$/) || asks(question, /^\d{10}$/)),
    example: { operator: 'DateEquals', written: ['1893456000'], asked: ['2030-01-01'], ours: 'yes', theirs: 'no' },
  },
  {
    reason: 'Four digits are a year (the W3C profile of ISO 8601 that Condition operators: Date names), not a time.',
    covers: (question) => formOf(question).base.startsWith('Date') && writes(question, /^\d{4}$/),
    example: { operator: 'DateEquals', written: ['2030'], asked: ['2030-01-01'], ours: 'yes', theirs: 'no' },
  },
  {
    reason:
      'A prefix of no bits is everybody of its family (RFC 4632, section 3.1); theirs shifts by 32 bits, which is none.',
    covers: (question) => writes(question, /^0\.0\.0\.0\/0$/),
    example: { operator: 'IpAddress', written: ['0.0.0.0/0'], asked: ['192.0.2.1'], ours: 'yes', theirs: 'no' },
  },
  {
    reason: 'One IPv6 address has many spellings (RFC 4291, section 2.2); theirs compares single addresses as texts.',
    covers: (question) => asks(question, /DB8/) && writes(question, /^2001:db8::1$/),
    example: {
      operator: 'IpAddress',
      written: ['2001:db8::1'],
      asked: ['2001:DB8:0:0::1'],
      ours: 'yes',
      theirs: 'no',
    },
  },
  {
    reason:
      'NotIpAddress is all addresses but the given (Condition operators: IP address), those of the other family too.',
    covers: (question) => formOf(question).base === 'NotIpAddress' && writes(question, /^[^/]+$/),
    example: { operator: 'NotIpAddress', written: ['10.1.2.3'], asked: ['2001:db8::1'], ours: 'yes', theirs: 'no' },
  },
  {
    reason: 'ARN operators know six parts (Condition operators: ARN); people write * alone for every ARN all the same.',
    covers: (question) => formOf(question).base.startsWith('Arn') && writes(question, /^\*$/),
    example: { operator: 'ArnLike', written: ['*'], asked: ['arn:aws:iam::1:role/a'], ours: 'yes', theirs: 'no' },
    deviation: '`*` alone as the value of an ARN operator is every ARN',
  },
];
