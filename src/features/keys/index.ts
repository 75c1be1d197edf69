export { encryptAnew } from './encrypt-anew.ts';
export type { KeyPorts } from './ports.ts';
export { type OpenKeyring, openKeyring, prepareSealingKey, tendSealingKeys } from './sealing-keys.ts';
