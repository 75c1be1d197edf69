// Forms of the Query protocol, with the URL Standard's own reader and writer as the oracle.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../../src/core/refusals/index.ts';
import { parseQueryForm } from '../../../src/core/wire/index.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc
    .array(fc.constantFrom('+', ' ', '%', '&', '=', '%2B', 'ü', '😀', '%20'), { maxLength: 12 })
    .map((all) => all.join('')),
);

test('a form says what the URL Standard writes into it', () => {
  fc.assert(
    fc.property(text, text, (name, value) => {
      fc.pre(name !== '');
      const form = parseQueryForm(new URLSearchParams([[name, value]]).toString());
      expect(form instanceof Refusal ? form : [...form]).toEqual([[name, value]]);
    }),
  );
});

test('A5 a plus is a space wherever it stands and however many there are, and its escape is a plus', () => {
  const many = parseQueryForm(`${'+'.repeat(1000)}a=${'+'.repeat(1_000_000)}&b+=%2B+%2b`);
  expect(many instanceof Refusal ? many : [...many]).toEqual([
    [`${' '.repeat(1000)}a`, ' '.repeat(1_000_000)],
    ['b ', '+ +'],
  ]);
});
