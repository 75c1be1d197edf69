// Refusals of the stand-in cluster that `podiam up` runs.
import { rows } from './row.ts';

export const clusterRows = rows({
  'pod-not-runnable': {
    status: 400,
    wire: 'PodNotRunnable',
    sentence: 'The pod cannot be run here: {where}: {problem}.',
    remedy: 'Give its first container a command, and mounts with absolute paths.',
  },
});
