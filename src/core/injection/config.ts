// All that decisions read besides the pod and its surroundings. A new value replaces it whole when a watched part changes.
import type { ContainerCredentialsSettings, Identities } from './container-credentials.ts';
import type { RoleMapping } from './mapping.ts';
import type { AllowedRoles } from './role.ts';
import type { ProfileSettings } from './settings.ts';

export interface InjectionConfig {
  /** Those that are on, in order of precedence. */
  readonly profiles: readonly [ProfileSettings, ...ProfileSettings[]];
  readonly mapping?: RoleMapping | undefined;
  readonly containerCredentials?:
    | { readonly settings: ContainerCredentialsSettings; readonly identities: Identities }
    | undefined;
  readonly allowedRoles?: readonly AllowedRoles[] | undefined;
}
