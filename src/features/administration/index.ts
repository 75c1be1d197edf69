export { createAdministration } from './handler.ts';
export type { AdministrationPorts, OwnClusters } from './ports.ts';
export { createPublishedDocuments } from './published.ts';
export { auditJson } from './session-answers.ts';
