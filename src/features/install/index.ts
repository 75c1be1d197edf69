export { type AccessRule, accessRules } from './access.ts';
export { installationObjects } from './install.ts';
export type { KubernetesObject } from './object.ts';
export { printObjects } from './print.ts';
export { type InstallValues, installSettings } from './settings.ts';
