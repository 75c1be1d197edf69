// One file a case in cases/: input and expected outcome together.
import { describe, expect, it } from 'vitest';
import { outcome, readCases, secondOutcome } from './cases.ts';

const cases = readCases();

describe('a pod under admission', () => {
  it.each(cases)('$title ($file)', ({ given }) => {
    expect(outcome(given)).toEqual(given.expected);
  });

  it.each(cases)('F9 admitted once more, nothing is added: $title', ({ given }) => {
    expect(secondOutcome(given)).not.toHaveProperty('pod');
  });
});

describe('the case files', () => {
  it('are all cases, and no two of them have one title or one input', () => {
    expect(cases.filter(({ file }) => !file.endsWith('.case.yaml'))).toEqual([]);
    const inputs = cases.map(({ given }) => JSON.stringify({ ...given, title: '', expected: undefined }));
    for (const texts of [inputs, cases.map(({ title }) => title)]) {
      expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
    }
  });
});
