export { type PolicyReader, policyCache } from './cache.ts';
export type { NamedPolicy, Policy } from './compile.ts';
export type { Effect, PolicyDocument, PolicyKind, PolicyVersion } from './document.ts';
export {
  type Basis,
  type Decision,
  evaluate,
  evaluateSession,
  type SessionPolicies,
} from './evaluate.ts';
export type { Finding } from './finding.ts';
export { type Inspected, inspectPolicy, kindOfDocument } from './inspect.ts';
export { lintPermissionPolicy, lintTrustPolicy, refuseUnsafe } from './lint.ts';
export { parsePolicy, readStoredPolicy } from './parse.ts';
export { type Locate, locator, type Position } from './positions.ts';
export {
  type Context,
  FoldedContext,
  type PolicyRequest,
  type Principal,
  type PrincipalType,
  type RequestContext,
} from './request.ts';
export { judgeWritten } from './written.ts';
