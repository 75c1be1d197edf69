export { type ChainGrant, type GatheredChain, judgeChain } from './chain.ts';
export { type Grant, namedRole } from './grant.ts';
export { type GatheredExchange, type GatheredIssuer, judgeExchange, type WebIdentityGrant } from './judge.ts';
