export {
  assumedRoleArn,
  homePartition,
  isAccountId,
  issuerHostAndPath,
  longestRoleArn,
  longestRoleName,
  oidcProviderArn,
  parseOidcProviderArn,
  parsePolicyArn,
  parseRoleArn,
  policyArn,
  type RoleArn,
  roleArn,
  roleArnShape,
  rootArn,
} from './arn.ts';
export { issuerUrlProblem } from './issuer-url.ts';
export { parseServiceAccountSubject, type ServiceAccountName, serviceAccountSubject } from './subject.ts';
