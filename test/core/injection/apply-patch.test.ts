import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { applyPatch } from '../../../src/core/injection/index.ts';
import { Refusal } from '../../../src/core/refusals/index.ts';

const add = (path: string, value: unknown) => ({ op: 'add', path, value }) as const;

const cases = [
  // RFC 6902, appendix A.1, A.2, A.10 and A.16.
  { title: 'adds a member', document: { foo: 'bar' }, operations: [add('/baz', 'qux')] },
  { title: 'adds an array element', document: { foo: ['bar', 'baz'] }, operations: [add('/foo/1', 'qux')] },
  { title: 'adds a nested object', document: { foo: 'bar' }, operations: [add('/child', { grandchild: {} })] },
  {
    title: 'adds an array value behind the last',
    document: { foo: ['bar'] },
    operations: [add('/foo/-', ['abc', 'def'])],
  },
  { title: 'replaces a member that is there', document: { foo: 'bar' }, operations: [add('/foo', 1)] },
  { title: 'replaces the whole document', document: { foo: 'bar' }, operations: [add('', [1])] },
  {
    title: 'reads escaped keys',
    document: { 'a/b': {}, 'm~n': {} },
    operations: [add('/a~1b/c', 1), add('/m~0n/d', 2)],
  },
  {
    title: 'adds behind what it added',
    document: {},
    operations: [add('/a', []), add('/a/-', 1), add('/a/-', 2), add('/a/0', 0)],
  },
];

describe('applyPatch', () => {
  it.each(cases)('$title, as fast-json-patch does', ({ document, operations }) => {
    const before = structuredClone(document);
    const theirs: unknown = jsonPatch.applyPatch(structuredClone(document), structuredClone(operations)).newDocument;
    expect(applyPatch(document, operations)).toEqual(theirs);
    expect(document).toEqual(before);
  });

  it.each([
    { title: 'a parent that is missing (RFC 6902, A.12)', document: { foo: 'bar' }, path: '/baz/bat' },
    { title: 'an index beyond the end', document: { foo: ['bar'] }, path: '/foo/2' },
    { title: 'an index with a leading zero', document: { foo: ['bar', 'baz'] }, path: '/foo/01' },
    { title: 'a parent that is a text', document: { foo: 'bar' }, path: '/foo/0' },
    { title: 'an inherited member as parent', document: {}, path: '/constructor/x' },
    { title: 'a pointer without a slash', document: {}, path: 'foo' },
    { title: 'an escape that is none', document: {}, path: '/a~2' },
  ])('refuses $title', ({ document, path }) => {
    const refusal = applyPatch(document, [add(path, 1)]);
    expect(refusal instanceof Refusal && refusal.code).toBe('patch-path-missing');
  });

  it('adds a member named __proto__ as a member', () => {
    const patched = applyPatch({}, [add('/__proto__', { polluted: true })]);
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty('polluted');
  });
});
