export { createFetchDocument, type FetchDocument, type FetchOptions } from './fetch.ts';
export { defaultFetchLimits, type FetchLimits } from './limits.ts';
