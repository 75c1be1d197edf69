export { celString } from './cel.ts';
export { type Limit, policyLimits } from './limits.ts';
export { type PolicyObject, type PolicyOptions, policyObjects } from './objects.ts';
export {
  namespaceName,
  namespacesOf,
  podRules,
  podsThatDidNotOptOut,
  serviceAccountRules,
  systemNamespace,
} from './reach.ts';
export { admissionPolicies, type PolicyValues, policyOwnSettings, policySettings } from './settings.ts';
