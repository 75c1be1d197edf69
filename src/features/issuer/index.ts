export { createIssuerHandler, type PublishedIssuer } from './documents.ts';
