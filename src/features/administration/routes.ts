// All operations of the API.
import { issuerRoutes } from './issuers.ts';
import { operatorRoutes } from './operator.ts';
import { policyRoutes } from './policies.ts';
import { recordRoutes } from './records.ts';
import { revocationRoutes } from './revocations.ts';
import { roleRoutes } from './roles.ts';
import type { Route } from './route.ts';
import { tokenRoutes } from './token.ts';

export const routes: readonly Route[] = [
  ...tokenRoutes,
  ...issuerRoutes,
  ...roleRoutes,
  ...policyRoutes,
  ...recordRoutes,
  ...revocationRoutes,
  ...operatorRoutes,
];
