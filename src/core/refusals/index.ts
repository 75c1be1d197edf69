export { catalogue, chapters } from './catalogue.ts';
export { causeOf, Refusal, type RefusalCode, type RefusalFacts, RefusedError, refuse } from './refusal.ts';
export type { RefusalRow } from './row.ts';
