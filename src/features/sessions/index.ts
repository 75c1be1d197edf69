export { createFindPolicies, type FindPolicies } from './policies.ts';
export { type FollowedRevocations, followRevocations } from './revocations.ts';
