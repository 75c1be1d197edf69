import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Many tests wait for a child or a clock: three workers keep two processors busy. No test leaves state in a module.
    maxWorkers: 3,
    isolate: false,
    include: ['test/**/*.test.ts'],
    // What takes long, such as rotations and faults played through, runs as `npm run test:system`; what needs a real
    // Kubernetes, as `npm run test:cluster`.
    exclude: ['test/**/*.system.test.ts', 'test/**/*.cluster.test.ts'],
    // Children (the chain, the packed package) share two processors with the other files: patience, not speed, is wanted here.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
