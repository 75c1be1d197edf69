export { type AddressGuard, guardedLookup, judgedAddresses } from './address.ts';
export { createFetchDocument, type FetchDocument, type FetchOptions } from './fetch.ts';
export { defaultFetchLimits, type FetchLimits } from './limits.ts';
