// Every case file of injection on the oldest API server that is supported.
import { describeCases } from '../admission/describe-cases.ts';
import { useOwnCluster } from '../use-cluster.ts';

describeCases(useOwnCluster({ release: 'oldest' }));
