export { type GatheredExchange, type Grant, judgeExchange } from './judge.ts';
