export { type RevocableSession, Revocations } from './revocations.ts';
