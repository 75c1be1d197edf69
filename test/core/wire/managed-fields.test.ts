// A review that is read without its managed fields, with JSON.parse of the whole as the oracle.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAdmissionReview } from '../../../src/core/wire/index.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a stranger would put into a name, a variable, an annotation or the name of a manager. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        '"managedFields":[',
        '\\"managedFields\\":[',
        'managedFields',
        '"',
        '\\',
        '[',
        ']',
        '{',
        '}',
        ',',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('\\u0022managedFields\\u0022:[', '\u0022', ']}]}', '\u2028', '\ud800', '\ufeff', 'ü', '😀]', '\\\\"'),
);
const texts = fc.dictionary(text, text, { maxKeys: 4 });

const fieldSet = fc.letrec<{ set: unknown }>((tie) => ({
  set: fc.dictionary(
    fc.oneof(
      text.map((name) => `f:${name}`),
      text.map((name) => `k:${JSON.stringify({ name })}`),
      fc.constant('.'),
    ),
    fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('set')),
    { maxKeys: 3 },
  ),
})).set;

/** As API servers have them (meta/v1, ManagedFieldsEntry). */
const entry = fc.record(
  { manager: text, operation: fc.constantFrom('Apply', 'Update'), subresource: text, fieldsV1: fieldSet },
  { requiredKeys: ['manager'] },
);

const object = fc.record(
  {
    kind: fc.constant('Pod'),
    metadata: fc.record(
      { name: text, annotations: texts, labels: texts, managedFields: fc.array(entry, { maxLength: 3 }) },
      { requiredKeys: [] },
    ),
    spec: fc.record({
      containers: fc.array(
        fc.record({
          name: text,
          args: fc.array(text, { maxLength: 3 }),
          env: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
        }),
        { maxLength: 2 },
      ),
    }),
    // Members of no pod, which a server could have in another kind: the name with another value, and lists in lists.
    managedFields: fc.oneof(text, fc.constant(null), texts, fc.jsonValue({ maxDepth: 3 })),
  },
  { requiredKeys: ['kind'] },
);

/** Who asks is told before the object, and has lists by names of others' choice. */
const extra = fc.dictionary(fc.oneof(text, fc.constant('managedFields')), fc.array(text, { maxLength: 2 }), {
  maxKeys: 2,
});

const review = fc.record({
  kind: fc.constant('AdmissionReview'),
  apiVersion: fc.constant('admission.k8s.io/v1'),
  request: fc.record({
    uid: fc.constant('u'),
    userInfo: fc.record({ username: text, extra }),
    name: text,
    object: fc.option(object),
    oldObject: fc.option(object),
    options: fc.jsonValue({ maxDepth: 2 }),
  }),
});

/** As Go's encoder escapes what HTML and JavaScript would take for theirs. */
const escapes = new Map([
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
]);
const asGoDoes = (value: unknown) =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (sign) => escapes.get(sign) ?? '');

/** Without the lists that may be left out: both sides alike, wherever they stand. */
function withoutLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLists);
  if (!isRecord(value)) return value;
  const members = Object.entries(value).map(([name, inner]) => {
    const isList = name === 'managedFields' && Array.isArray(inner);
    return [name, isList ? [] : withoutLists(inner)] as const;
  });
  return Object.fromEntries(members);
}

const objectsOf = (value: unknown) =>
  isRecord(value) ? [value['name'], withoutLists(value['object']), withoutLists(value['oldObject'])] : undefined;

function expectTheSame(body: string): void {
  const whole: unknown = JSON.parse(body);
  const read = parseAdmissionReview(Buffer.from(body), true);
  expect(objectsOf(read)).toEqual(objectsOf(isRecord(whole) ? whole['request'] : undefined));
}

describe('A21 a review that an API server encoded', () => {
  test('is what it is but for its managed fields, whatever its texts hold', () => {
    fc.assert(
      fc.property(review, (value) => expectTheSame(asGoDoes(value))),
      { numRuns: 500 },
    );
  });

  test('of more than eight kibibytes, too', () => {
    const padding = 'x'.repeat(16 * 1024);
    fc.assert(
      fc.property(review, fc.boolean(), (value, isFirst) => {
        const padded = isFirst ? { padding, ...value } : { ...value, padding };
        expectTheSame(asGoDoes(padded));
      }),
      { numRuns: 300 },
    );
  });

  test('of which the list holds lists, as no API server has them, is read whole', () => {
    const lists = [[[1]], [{ a: [1] }], [{ a: [], b: ']' }, [']']], [[], [], []]];
    for (const managedFields of lists) {
      const request = { uid: 'u', name: 'pod', object: { managedFields, spec: { a: 1 } } };
      const body = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
      expect(parseAdmissionReview(Buffer.from(body), true)).toMatchObject({
        object: { managedFields, spec: { a: 1 } },
      });
    }
  });

  test('is not read as another by whoever lies about being one, wherever a list of that name stands and whatever it holds', () => {
    const names = fc.constantFrom('managedFields', 'a', 'b');
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        fc.constantFrom(1, ']', '"managedFields":['),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    fc.assert(
      fc.property(anything, fc.constantFrom(undefined, 1), (object, indentation) => {
        const request = { uid: 'u', name: 'pod', object, oldObject: null };
        const whole = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
        expectTheSame(JSON.stringify(whole, null, indentation));
      }),
      { numRuns: 1000 },
    );
  });
});
