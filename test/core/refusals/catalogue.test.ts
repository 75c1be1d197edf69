import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogue, chapters, refuse } from '../../../src/core/refusals/index.ts';
import { renderRefusals } from '../../../tools/docs/refusals.ts';

const page = readFileSync('docs/refusals.md', 'utf8');
const rows = Object.entries(catalogue);

test('docs/refusals.md says what the catalogue says (npm run docs writes it)', () => {
  expect(page).toBe(renderRefusals());
});

test('every code has one section of the page, which is where its anchor leads, and the page has no other', () => {
  const headings = [...page.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toHaveLength(rows.length);
  expect(new Set(headings)).toEqual(new Set(rows.map(([code]) => code)));
  expect(refuse('sts-not-authorized', { action: 'sts:AssumeRole' }).anchor).toBe('docs/refusals.md#sts-not-authorized');
});

test('no code stands in two chapters', () => {
  const codes = Object.values(chapters).flatMap((chapter) => Object.keys(chapter));
  expect(new Set(codes).size).toBe(codes.length);
});

describe('every row', () => {
  test.each(rows)('%s has a stable code, an error status, a wire code, a sentence and a remedy', (code, row) => {
    expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
    expect(row.status).toBeGreaterThanOrEqual(400);
    expect(row.status).toBeLessThan(600);
    expect(row.wire).toMatch(/^[A-Za-z0-9]+$/);
    expect(row.sentence).toMatch(/^[\p{Lu}{‘].*[.…}]$/su);
    expect(row.remedy).toMatch(/^[\p{Lu}{].*[.}]$/su);
  });
});

describe('facts', () => {
  test('stand where the texts name them', () => {
    expect(refuse('gateway-no-route', { method: 'GET', path: '/x' }).sentence).toBe(
      'No route of the API is known for GET /x.',
    );
  });

  test('A25 bring no line break or control character into a log or a header', () => {
    const { sentence } = refuse('gateway-no-route', { method: 'GET', path: '/a\r\nSet-Cookie: x\u001B[2J\u2028' });
    expect(sentence).toBe('No route of the API is known for GET /a\uFFFD\uFFFDSet-Cookie: x\uFFFD[2J\uFFFD.');
  });

  test('A21 are cut where a stranger made them long', () => {
    expect(refuse('gateway-no-route', { method: 'GET', path: 'x'.repeat(100_000) }).sentence.length).toBeLessThan(400);
  });
});
