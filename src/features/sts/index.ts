export { createSts, type Sts } from './handler.ts';
export { createKeySource, type FetchIssuerDocument, fetchKeys, type KeySource } from './keys.ts';
export type { Rates, StsPorts } from './ports.ts';
export { createReviewToken, type ReviewOutcome } from './review.ts';
