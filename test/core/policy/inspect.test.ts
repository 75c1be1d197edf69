// Findings with their place in the text.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inspectPolicy, kindOfDocument, locator } from '../../../src/core/policy/index.ts';

describe('a place in a document', () => {
  /** Any JSON, whose member names may need escapes and brackets. */
  const json = fc.jsonValue({ maxDepth: 4 });

  /** Every path with the value that stands there. */
  function paths(value: unknown, path = ''): [string, unknown][] {
    if (Array.isArray(value)) return [[path, value], ...value.flatMap((item, i) => paths(item, `${path}[${i}]`))];
    if (typeof value !== 'object' || value === null) return [[path, value]];
    const members = Object.entries(value).flatMap(([name, item]) => {
      const step = /^\w+$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
      return paths(item, path === '' ? name : `${path}${step}`);
    });
    return [[path, value], ...members];
  }

  const offset = (text: string, { line, column }: { line: number; column: number }) =>
    text
      .split('\n')
      .slice(0, line - 1)
      .reduce((sum, before) => sum + before.length + 1, 0) +
    column -
    1;

  test('is where the value, with its name, is written, whatever the document', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 2, '\t'), (document, space) => {
        const text = JSON.stringify(document, undefined, space);
        const parsed: unknown = JSON.parse(text);
        const named = paths(parsed);
        const locate = locator(text);
        for (const [path, value] of named) {
          // A name such as "a.b" spells the path of another member; and an empty one that of the whole.
          if (named.filter(([other]) => other === path).length > 1) continue;
          const { start, end } = locate(path);
          const written = text.slice(offset(text, start), offset(text, end));
          const [, own = written] = /^"(?:[^"\\]|\\.)*"\s*:\s*([\s\S]*)$/.exec(written) ?? [];
          expect(JSON.parse(own)).toEqual(value);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('of what is not there is the document’s own', () => {
    expect(locator('\n {}')('Statement[3]')).toEqual({ start: { line: 2, column: 2 }, end: { line: 2, column: 4 } });
  });
});

const trust = `{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": { "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com" },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
      "StringEquals": { "oidc.example.com:aud": "system:serviceaccount:a:b" },
      "StringLike": { "oidc.example.com:sub": "system:serviceaccount:*:b" }
    }
  }]
}`;

describe('a document’s findings', () => {
  const places = (text: string, kind = kindOfDocument(text)) =>
    inspectPolicy(text, kind).map(({ severity, line, column }) => `${severity} ${line}:${column}`);

  test('stand where they begin, in the order of the text', () => {
    expect(kindOfDocument(trust)).toBe('trust');
    expect(places(trust)).toEqual(['refuse 8:25', 'warn 9:23']);
  });

  test.each([
    ['what is no JSON', '{\n  "Statement": [}\n', ['refuse 2:17']],
    [
      'an element that there is not',
      '{"Statement": [{"Effect": "Allow",\n "Foo": 1, "Action": "a:b", "Resource": "*"}]}',
      ['refuse 2:2'],
    ],
    [
      'an operator that there is not',
      trust.replace('StringLike', 'Stringlike'),
      ['refuse 3:17', 'refuse 8:25', 'refuse 9:7'],
    ],
    [
      'a value of the wrong kind',
      '{"Statement":\n [{"Effect": "allow", "Action": "a:b", "Resource": "*"}]}',
      ['refuse 2:4'],
    ],
    ['a document without statements', '{}', ['refuse 1:1']],
    ['no document', '', ['refuse 1:1']],
    ['a list', '[]', ['refuse 1:1']],
    ['one that is fine', '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}', []],
  ])('%s', (_, text, expected) => {
    expect(places(text)).toEqual(expected);
  });
});
