import { expect, test } from 'vitest';
import { readSource } from '../../tools/walls/source.ts';
import { findBreaches } from '../../tools/walls/walls.ts';

const cases: readonly { path: string; text: string; wall: string }[] = [
  { path: 'src/core/a/b.ts', text: "import { x } from '../../io/sql/index.ts';", wall: 'imports go down' },
  { path: 'src/io/sql/b.ts', text: "export { x } from '../../features/sts/index.ts';", wall: 'imports go down' },
  { path: 'src/io/sql/b.ts', text: "const x = await import('../../cli/up.ts');", wall: 'imports go down' },
  {
    path: 'src/features/sts/b.ts',
    text: "import { x } from '../iam/index.ts';",
    wall: 'features do not know each other',
  },
  { path: 'src/cli/up.ts', text: "import { x } from '../core/policy/evaluate.ts';", wall: 'one door to a folder' },
  { path: 'src/core/a/b.ts', text: "import type { X } from '../policy/evaluate.ts';", wall: 'one door to a folder' },
  {
    path: 'src/core/a/b.ts',
    text: "import { readFile } from 'node:fs/promises';",
    wall: 'core imports only what is pure',
  },
  { path: 'src/core/a/b.ts', text: "import pino from 'pino';", wall: 'core imports only what is pure' },
  { path: 'src/core/a/b.ts', text: "import { randomBytes } from 'node:crypto';", wall: 'core rolls no dice' },
  { path: 'src/core/a/b.ts', text: "import * as crypto from 'node:crypto';", wall: 'core rolls no dice' },
  { path: 'src/core/a/b.ts', text: 'export const x = Date.now();', wall: 'core has no clock and no world' },
  { path: 'src/core/a/b.ts', text: 'export const x = () => new Date();', wall: 'core has no clock and no world' },
  { path: 'src/core/a/b.ts', text: 'export const x = Math.random();', wall: 'core has no clock and no world' },
  { path: 'src/core/a/b.ts', text: "export const x = process.env['HOME'];", wall: 'core has no clock and no world' },
  { path: 'src/core/a/b.ts', text: "export const x = fetch('x');", wall: 'core has no clock and no world' },
  {
    path: 'src/features/sts/b.ts',
    text: "import { spawn } from 'node:child_process';",
    wall: 'features reach the world through io',
  },
  {
    path: 'src/features/sts/b.ts',
    text: 'export const x = process.argv;',
    wall: 'features reach the world through io',
  },
];

test.each(cases)('$path with «$text» breaches «$wall», and the wall says why', ({ path, text, wall }) => {
  const breaches = findBreaches([readSource(path, text)]);
  expect(breaches.map((breach) => breach.wall)).toContain(wall);
  expect(breaches.every((breach) => breach.why.length > 40 && breach.line === 1)).toBe(true);
});

test('what is allowed breaches nothing', () => {
  const allowed = [
    readSource(
      'src/core/a/b.ts',
      "import { createHash } from 'node:crypto';\nimport { x } from '../policy/index.ts';\nimport { y } from './c.ts';\nexport const z = new Date(x(y, createHash));",
    ),
    readSource('src/features/sts/b.ts', "import { x } from '../../io/http/index.ts';\nexport const y = x;"),
    readSource('src/cli/up.ts', "import { x } from './up/story.ts';\nexport const y = [x, process.env];"),
  ];
  expect(findBreaches(allowed)).toEqual([]);
});
