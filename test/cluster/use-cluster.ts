// Gives a test file its cluster, takes it away again, and keeps the logs when a test of the file has failed.
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Cluster } from './access.ts';
import { type ClusterOptions, type OwnCluster, startCluster } from './cluster.ts';
import { connectGivenCluster, givenKubeconfig } from './given.ts';
import { type NodeCluster, startNodeCluster } from './node.ts';

const beforeTests = 'before-the-tests';

function use<Kind extends Cluster>(start: () => Promise<Kind>): () => Kind {
  let cluster: Kind | undefined;
  // What is to be done before the tests can fail, too.
  let failed: string | undefined = beforeTests;
  beforeAll(async () => {
    cluster = await start();
  });
  afterEach(({ task }) => {
    if (failed === beforeTests) failed = undefined;
    if (task.result?.state === 'fail') failed = task.file.name;
  });
  afterAll(async () => {
    if (failed !== undefined) {
      process.stderr.write(`the logs of the cluster are in ${await cluster?.keepLogs(failed)}\n`);
    }
    await cluster?.stop();
  });
  return () => {
    if (cluster === undefined) throw new Error('the cluster runs while tests do');
    return cluster;
  };
}

/** Any cluster: the one that PODIAM_TEST_KUBECONFIG names, else one of our own. */
export function useCluster(options: ClusterOptions = {}): () => Cluster {
  const given = givenKubeconfig();
  return use<Cluster>(() => (given === undefined ? startCluster(options) : connectGivenCluster(given)));
}

/** A control plane of our own, whose programs the tests may stop and start. */
export function useOwnCluster(options: ClusterOptions = {}): () => OwnCluster {
  return use(() => startCluster(options));
}

/** A cluster of our own with a node. */
export function useNodeCluster(): () => NodeCluster {
  return use(() => startNodeCluster());
}
