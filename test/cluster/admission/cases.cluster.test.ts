// Every case file of injection, on the newest API server or on the one that is given.
import { useCluster } from '../use-cluster.ts';
import { describeCases } from './describe-cases.ts';

describeCases(useCluster());
