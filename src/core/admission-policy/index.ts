export { celString } from './cel.ts';
export { type Limit, policyLimits } from './limits.ts';
export { type PolicyObject, type PolicyOptions, policyObjects } from './objects.ts';
export { admissionPolicies, type PolicyValues, policyOwnSettings, policySettings } from './settings.ts';
