export type { ServerNames } from '../../core/certificates/index.ts';
export { type SelfSignedServer, selfSignedServer } from './certificate.ts';
export { type CertifiedKey, issueLeaf, makeAuthority } from './generate.ts';
