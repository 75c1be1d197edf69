import { defineConfig } from 'vitest/config';
import { recorder } from './test/cluster/record.ts';

// What a given cluster can be asked too, what needs a control plane of our own, and what needs a node of our own.
const anyCluster = 'test/cluster/admission/**/*.cluster.test.ts';
const ownControlPlane = 'test/cluster/control-plane/**/*.cluster.test.ts';
const ownNode = 'test/cluster/node/**/*.cluster.test.ts';

function included(): string[] {
  if (process.env['PODIAM_TEST_KUBECONFIG'] !== undefined) return [anyCluster];
  const tiers = (process.env['PODIAM_TEST_TIERS'] ?? 'one,two').split(',');
  return [...(tiers.includes('two') ? [ownNode] : []), ...(tiers.includes('one') ? [ownControlPlane, anyCluster] : [])];
}

export default defineConfig({
  test: {
    include: included(),
    reporters: process.env['PODIAM_TEST_RECORD'] === undefined ? ['default'] : ['default', recorder()],
    // Every file has a cluster of its own, unless one is given: it is for one file at a time.
    maxWorkers: process.env['PODIAM_TEST_KUBECONFIG'] === undefined ? 2 : 1,
    // Whole clusters on a machine that others use, too: one more try in CI, and the report tells of it.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
