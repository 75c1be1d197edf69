// One file a case in cases/: input and expected outcome together.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isObject } from '../../../src/core/injection/index.ts';
import { type InjectionCase, outcome, secondOutcome } from './cases.ts';

const folder = join(import.meta.dirname, 'cases');

function isCase(value: unknown): value is InjectionCase {
  return isObject(value) && typeof value['title'] === 'string' && Array.isArray(value['profiles']);
}

const cases = readdirSync(folder).map((file) => {
  const given: unknown = parse(readFileSync(join(folder, file), 'utf8'));
  if (!isCase(given)) throw new Error(`${file} is no case`);
  return { file, given, title: given.title };
});

describe('a pod under admission', () => {
  it.each(cases)('$title ($file)', ({ given }) => {
    expect(outcome(given)).toEqual(given.expected);
  });

  it.each(cases)('F9 admitted once more, nothing is added: $title', ({ given }) => {
    expect(secondOutcome(given)).not.toHaveProperty('pod');
  });
});
