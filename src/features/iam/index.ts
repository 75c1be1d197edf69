export { createFindRootKey, findRootCredentials, type OpenedAccount, openAccount } from './accounts.ts';
export { createIamHandler } from './api.ts';
export { type IssuerRegistration, registerIssuer } from './issuers.ts';
export type { IamRates } from './limits.ts';
export type { IamApiPorts, IamPorts } from './ports.ts';
export { createRole, type RoleDefinition } from './roles.ts';
