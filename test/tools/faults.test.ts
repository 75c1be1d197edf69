import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isKnownNumber } from '../../tools/docs/fault-numbers.ts';
import { readNumberedTests, renderFaults } from '../../tools/docs/faults.ts';
import { findNumberedTests } from '../../tools/docs/numbered-tests.ts';

test('docs/faults-and-attacks.md says what the tests’ titles say (npm run docs writes it)', () => {
  expect(readFileSync('docs/faults-and-attacks.md', 'utf8')).toBe(renderFaults());
});

test('a number in a title is one that the page knows', () => {
  expect(readNumberedTests().filter(({ number }) => !isKnownNumber(number))).toEqual([]);
});

describe('a numbered test is found', () => {
  test.each<[string, string, readonly string[]]>([
    ['by its own title', "test('F9 a twin', () => {})", ['F9 a twin']],
    ['with two numbers', "it('F1 F2 both', () => {})", ['F1 both', 'F2 both']],
    ['with two numbers and a comma', "it('A1, A2 both', () => {})", ['A1 both', 'A2 both']],
    ['by its group', "describe('F9 once more', () => { test('a twin', () => {}) })", ['F9 once more: a twin']],
    ['by a group that is but a number', "describe('F9', () => { test('a twin', () => {}) })", ['F9 a twin']],
    ['by its own title rather than its group’s', "describe('F9 b', () => { test('A1 a', () => {}) })", ['A1 a']],
    ['in each of its cases', "test.each([['A1 a', 1], ['A2 b', 2]])('%s', () => {})", ['A1 a', 'A2 b']],
    ['in the member of a case', "const cases = [{ what: 'A1 a' }]", ['A1 a']],
    [
      'in a row of cases',
      "describe.each([['A3', 'iss', { absent: 1, 'a list': 2 }]])('%s', () => {})",
      ['A3 iss: absent, a list'],
    ],
    ['with what differs left open', "test.each(x)('A1 by %s of $what', () => {})", ['A1 by … of …']],
    ['with the names of its cases', "test.each([['a', 1], ['b', 2]])('A1 by %s', () => {})", ['A1 by …: a; b']],
    [
      'with those of a constant',
      "const all = [{ what: 'a' }] as const; test.each(all)('A1 $what', () => {})",
      ['A1 …: a'],
    ],
    ['in a template', 'test(`A1 by ${x} alone`, () => {})', ['A1 by … alone']],
    [
      'not where there is no number',
      "describe('F', () => { test('A19b no', () => {}); test('FA1 no', () => {}) })",
      [],
    ],
  ])('%s', (_, source, expected) => {
    const found = findNumberedTests('x.test.ts', source).map(({ number, title }) => `${number} ${title}`);
    expect(found).toEqual(expected);
  });
});
