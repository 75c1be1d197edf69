// Deployments in every style of YAML: what is put into their text is what the patch says, and nothing else changes.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Document, isCollection, parse, parseAllDocuments, visit } from 'yaml';
import {
  type AddOperation,
  admitPod,
  applyPatch,
  aws,
  isObject,
  objectOf,
  readPod,
  settleProfile,
} from '../../../src/core/injection/index.ts';
import { Refusal, RefusedError } from '../../../src/core/refusals/index.ts';
import { editYaml } from '../../../src/features/inject/edit-yaml.ts';
import { valueOf } from '../../../src/features/inject/place.ts';
import { readPlainYaml } from '../../../src/features/inject/read-plain.ts';

function taken<Value>(value: Value | Refusal): Value {
  if (value instanceof Refusal) throw new RefusedError(value);
  return value;
}

const config = {
  profiles: [taken(settleProfile(aws, { region: 'eu-central-1', 'sts-regional-endpoint': true }))],
} as const;
const evidence = {
  namespace: 'dev',
  name: 'web',
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/s3' } },
};
const atTemplate = '/spec/template';

function operationsFor(deployment: unknown): readonly AddOperation[] {
  const spec = isObject(deployment) ? objectOf(deployment, 'spec') : undefined;
  const admission = admitPod(taken(readPod(spec?.['template'])), evidence, config);
  if (admission.kind !== 'inject') return [];
  return admission.operations.map((operation) => ({ ...operation, path: atTemplate + operation.path }));
}

const text = fc.constantFrom(
  'plain',
  'with space',
  'yes',
  '0644',
  '',
  'a: b',
  '# none',
  "it's",
  '"said"',
  'two\nlines\n',
  'two\n\n  lines',
  'kept\n\n',
  'https://example.com/?a=b#c',
  `${'a long text that is folded '.repeat(6)}end`,
);
const absentOr = <Value>(list: fc.Arbitrary<readonly Value[]>) =>
  fc.oneof({ weight: 3, arbitrary: list }, fc.constantFrom(null, undefined, []));

const variable = (name: string) => fc.record({ name: fc.constant(name), value: text });
const env = fc.tuple(variable('MODE'), variable('LEVEL'), variable('AWS_REGION')).chain((all) => fc.subarray(all));
const mounts = fc.subarray([
  { name: 'data', mountPath: '/data' },
  { name: 'cache', mountPath: '/cache', readOnly: true },
]);
const extra = fc.constantFrom<unknown>(undefined, { cpu: '500m' }, ['a', ['b']], {}, [[{ a: [] }]], 8080, null);

/** The members of an object in any order. */
const shuffled = (entries: readonly (readonly [string, unknown])[]) =>
  fc
    .shuffledSubarray([...entries], { minLength: entries.length })
    .map((order) => Object.fromEntries(order.filter(([, value]) => value !== undefined)));

const container = (name: string) =>
  fc
    .tuple(text, absentOr(env), absentOr(mounts), extra)
    .chain(([image, env, volumeMounts, resources]) =>
      shuffled(Object.entries({ name, image, env, volumeMounts, resources })),
    );

const deployment = fc
  .tuple(
    fc.tuple(container('app'), container('proxy')).chain((all) => fc.subarray(all, { minLength: 1 })),
    absentOr(fc.tuple(container('setup'))),
    absentOr(fc.subarray([{ name: 'data', emptyDir: {} }, { name: 'cache' }])),
    extra,
  )
  .chain(([containers, initContainers, volumes, tail]) => {
    const isEmpty = initContainers?.length === 0;
    const spec = { serviceAccountName: 'web', containers, initContainers, volumes, tail };
    return shuffled(Object.entries({ ...spec, initContainers: isEmpty ? undefined : initContainers }));
  })
  .map((spec) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 3, template: { metadata: { labels: { app: 'web' } }, spec } },
  }));

const style = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  quote: fc.constantFrom('PLAIN' as const, 'QUOTE_SINGLE' as const, 'QUOTE_DOUBLE' as const),
  block: fc.constantFrom('literal' as const, 'folded' as const, false),
  lineWidth: fc.constantFrom(0, 60),
  padding: fc.boolean(),
  nullStr: fc.constantFrom('null', '~', ''),
  /** Every how many collections one is written in brackets; 0 for none. */
  flowEvery: fc.constantFrom(0, 0, 2, 3, 7),
  commentEvery: fc.constantFrom(0, 2, 5),
  comment: fc.constantFrom('# a comment', '#\ta tab: [x]'),
  marker: fc.boolean(),
  crlf: fc.boolean(),
  lastNewline: fc.boolean(),
});
type Style = typeof style extends fc.Arbitrary<infer Value> ? Value : never;

const canHaveComment = /^(\s*)(?:- )?(?:name|env|image|volumes|containers|volumeMounts|template|resources):(?: |$)/;

/** A comment before, and one behind, some of the lines that cannot be part of a scalar. */
function withComments(lines: string, { commentEvery, comment }: Style): string {
  if (commentEvery === 0) return lines;
  return lines
    .split('\n')
    .map((line, index) => {
      const [, margin] = canHaveComment.exec(line) ?? [];
      if (margin === undefined || index % commentEvery !== 0) return line;
      return line.endsWith(':') ? `${margin}${comment}\n${line} ${comment}` : `${margin}${comment}\n${line}`;
    })
    .join('\n');
}

function print(value: unknown, style: Style): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false });
  let count = 0;
  visit(document, {
    Collection(_, node) {
      count += 1;
      if (style.flowEvery > 0 && count % style.flowEvery === 0 && isCollection(node)) node.flow = true;
    },
  });
  const { indent, indentSeq, lineWidth, nullStr, padding, quote, block } = style;
  const printed = document.toString({
    indent,
    indentSeq,
    lineWidth,
    nullStr,
    flowCollectionPadding: padding,
    blockQuote: block,
    defaultStringType: quote,
    defaultKeyType: 'PLAIN',
  });
  const body = (style.marker ? '--- # one\n' : '') + withComments(printed.replace(/^%YAML.*\n---\n/, ''), style);
  const ended = style.lastNewline ? body : body.replace(/\n$/, '');
  return style.crlf ? ended.replaceAll('\n', '\r\n') : ended;
}

const linesOf = (text: string) => text.split(/\r?\n/);

/** The lines that nothing may change: those in brackets, and empty values, may get something. */
function firmLines(text: string): readonly string[] {
  let depth = 0;
  return linesOf(text).filter((line) => {
    const before = depth;
    depth += (line.match(/[[{]/g)?.length ?? 0) - (line.match(/[\]}]/g)?.length ?? 0);
    return before === 0 && !/[[{\]}]|null|~/.test(line);
  });
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (line === part[at]) at += 1;
  return at === part.length;
}

const indicators = [': ', ' #', '- ', '"', "'", '|', '>', '{', '}', '[', ']', ', ', '&a ', '*a', '!t ', '? ', '%', '@'];
const spaces = ['\n', '\n  ', '\n- ', '\t', '\r', ' ', '\u00a0'];
const pieces = [...indicators, ...spaces, '---', '...', '<<: ', '__proto__: ', '0x1F', '~', 'a'];

const readOptions = { version: '1.1', merge: true } as const;

describe('a manifest in any style', () => {
  it('is read by the plain reader as by the full one, or left to that', () => {
    let read = 0;
    fc.assert(
      fc.property(deployment, style, (value, style) => {
        const printed = print(value, style);
        const plain = readPlainYaml(printed);
        if (plain === undefined) return;
        read += 1;
        expect(valueOf(plain)).toEqual(parse(printed, readOptions));
      }),
      { numRuns: 100 },
    );
    expect(read).toBeGreaterThan(12);
  });

  it('comes out as the patch says, with every line of it as it was', () => {
    fc.assert(
      fc.property(deployment, style, (value, style) => {
        const printed = print(value, style);
        const given: unknown = parse(printed, readOptions);
        const operations = operationsFor(given);
        const edited = editYaml(printed, operations) ?? '';
        expect(parse(edited, readOptions)).toEqual(applyPatch(given, operations));
        expect(isSubsequence(firmLines(printed), linesOf(edited))).toBe(true);
        expect(operationsFor(parse(edited, readOptions))).toEqual([]);
        if (style.crlf) expect(edited.replaceAll('\r\n', '')).not.toContain('\n');
        expect(edited.endsWith('\n')).toBe(printed.endsWith('\n'));
      }),
      { numRuns: 60 },
    );
  });

  it('A21 may be cut and stirred: what the plain reader takes, the full one takes for the same', () => {
    const piece = fc.constantFrom(...pieces);
    fc.assert(
      fc.property(
        deployment,
        style,
        fc.array(fc.tuple(fc.nat(), fc.nat(3), piece), { minLength: 1, maxLength: 3 }),
        (value, style, changes) => {
          let stirred = print(value, style);
          for (const [at, length, piece] of changes) {
            const start = at % (stirred.length + 1);
            stirred = stirred.slice(0, start) + piece + stirred.slice(start + length);
          }
          const plain = readPlainYaml(stirred);
          if (plain === undefined) return;
          const [document, ...others] = parseAllDocuments(stirred, { ...readOptions, logLevel: 'silent' });
          expect(others).toEqual([]);
          expect(document && 'errors' in document && document.errors).toEqual([]);
          expect(valueOf(plain)).toEqual(parse(stirred, { ...readOptions, logLevel: 'silent' }));
        },
      ),
      { numRuns: 60 },
    );
  });
});
