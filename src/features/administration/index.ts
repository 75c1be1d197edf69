export { auditJson } from './answers.ts';
export { createAdministration } from './handler.ts';
export type { AdministrationPorts, BearerSession, OwnClusters, TokenExchange } from './ports.ts';
export { createPublishedDocuments } from './published.ts';
