export { contains, holderOf, type Network, readAddress, readNetwork } from './address.ts';
export { type ForwardedHeader, originOf, type TrustedProxies } from './origin.ts';
export { isPublicAddress } from './public.ts';
