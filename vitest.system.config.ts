import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.system.test.ts'],
    maxWorkers: 2,
    // Thousands of peers, processes and clocks on a machine that others use, too: one more try in CI, and the report tells of it.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
