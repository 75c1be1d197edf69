export { accountAnnotations } from './account-annotations.ts';
export {
  admissionSettings,
  lookupSettings,
  mappingConfigMap,
  settingsOfContainerCredentials,
} from './admission-settings.ts';
export { type Admission, admitPod, type Injected, readPodToAdmit } from './admit.ts';
export { allowedRolesSettings } from './allowed-roles.ts';
export { falseTexts, longestExpiration, shortestExpiration, trueTexts } from './annotations.ts';
export { applyPatch } from './apply-patch.ts';
export { chooseProfiles, type ProfilesOn } from './choose-profiles.ts';
export type { InjectionConfig } from './config.ts';
export {
  type ContainerCredentialsSettings,
  containerCredentialsDefaults,
  type Identities,
  type ListedIdentities,
  noIdentities,
  parseIdentities,
} from './container-credentials.ts';
export {
  type Decision,
  type Inject,
  type Leave,
  type LeaveCode,
  leftUnasked,
  type Refuse,
} from './decide.ts';
export {
  longestSessionName,
  methodKeys,
  regionalStsKey,
  regionKeys,
  shortestSessionName,
} from './environment.ts';
export type { Evidence } from './evidence.ts';
export { isList, isObject, itemsOf, type JsonObject, objectOf, type Texts, textOf } from './fields.ts';
export { emptyMapping, findMappedRole, type MappedRole, parseRoleMapping, type RoleMapping } from './mapping.ts';
export { type OwnProfile, profileRowSettings, profileSettings } from './own-profiles.ts';
export { type AddOperation } from './patch.ts';
export type { Plan } from './plan.ts';
export { type Container, mirrorAnnotation, type Pod, readPod } from './pod.ts';
export { allProfiles, aws, builtInProfiles, type Profile, podiam, vultr } from './profile.ts';
export { type AllowedRoles, allowedRolesAnnotation, expectedRole, roleIdShape, roleSigns } from './role.ts';
export { judgeServiceAccount, type ServiceAccountEvidence, type ServiceAccountFault } from './service-account.ts';
export {
  type InjectionSettingValues,
  injectionSettings,
  type ProfileSettings,
  settingsOfOneProfile,
  settleProfile,
} from './settings.ts';
