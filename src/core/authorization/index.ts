export { type Allowed, type GatheredRequest, judgeRequest, requestContext, sessionArn } from './judge.ts';
