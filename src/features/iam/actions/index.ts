// Every action that the IAM API has, by name. One that is not here is answered InvalidAction.
import type { Action } from '../call.ts';
import { accountActions } from './account.ts';
import { policyActions } from './policies.ts';
import { policyVersionActions } from './policy-versions.ts';
import { providerActions } from './providers.ts';
import { rolePolicyActions } from './role-policies.ts';
import { roleActions } from './roles.ts';
import { simulationActions } from './simulate.ts';

export const actions: ReadonlyMap<string, Action> = new Map(
  [
    ...roleActions,
    ...rolePolicyActions,
    ...policyActions,
    ...policyVersionActions,
    ...providerActions,
    ...accountActions,
    ...simulationActions,
  ].map((action) => [action.name, action]),
);
