export { findRootCredentials, type OpenedAccount, openAccount } from './accounts.ts';
export { type IssuerRegistration, registerIssuer } from './issuers.ts';
export type { IamPorts } from './ports.ts';
export { createRole, type RoleDefinition } from './roles.ts';
