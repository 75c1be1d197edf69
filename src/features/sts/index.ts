export { createStsHandler } from './handler.ts';
export { createKeySource, type FetchIssuerDocument, fetchKeys, type KeySource } from './keys.ts';
export type { Rates, StsPorts } from './ports.ts';
export { createReviewToken } from './review.ts';
