export { contains, readAddress, readNetwork } from './address.ts';
export { isPublicAddress } from './public.ts';
