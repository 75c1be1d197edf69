export { type Circumstances, sessionArn, sessionContext, sessionRoleArn } from './context.ts';
export { type Allowed, type GatheredRequest, judgeRequest } from './judge.ts';
export { type GatheredPolicies, readSessionPolicies } from './policies.ts';
