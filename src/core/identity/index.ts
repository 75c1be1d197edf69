export {
  assumedRoleArn,
  homePartition,
  isAccountId,
  issuerHostAndPath,
  oidcProviderArn,
  parseRoleArn,
  type RoleArn,
  roleArn,
  rootArn,
} from './arn.ts';
export { parseServiceAccountSubject, type ServiceAccountName, serviceAccountSubject } from './subject.ts';
