export { type KeySource, parseKeySource, readKeyEncryptionKeys } from './source.ts';
