export { catalogue, chapters } from './catalogue.ts';
export { Refusal, type RefusalCode, type RefusalFacts, RefusedError, refuse } from './refusal.ts';
export type { RefusalRow } from './row.ts';
