export { type SelfSignedServer, type ServerNames, selfSignedServer } from './certificate.ts';
