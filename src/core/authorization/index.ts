export { type Allowed, type GatheredRequest, judgeRequest, sessionArn } from './judge.ts';
