// The annotations of a service account, judged when it is written: its author learns at once of a role that no pod
// will get, while a pod's warning reaches only the controller that made the pod.
import { Refusal } from '../refusals/index.ts';
import type { InjectionConfig } from './config.ts';
import { givenText, statedText, type Texts } from './fields.ts';
import { allowedRolesAnnotation, resolveRole } from './role.ts';

export interface ServiceAccountEvidence {
  readonly namespace: string;
  readonly annotations: Texts;
  /** Before an update; what was there unchanged is no fault of the one who updates. */
  readonly before?: Texts | undefined;
  readonly namespaceAnnotations?: Texts | undefined;
}

/** A bad value, and whether this very request brings it. */
export interface ServiceAccountFault {
  readonly refusal: Refusal;
  readonly isNew: boolean;
  /** The annotation that has it. */
  readonly claimed: { readonly key: string; readonly value: string };
}

/** Every annotation that names a role, for all containers or for one, and names it wrongly. */
export function judgeServiceAccount(
  evidence: ServiceAccountEvidence,
  config: InjectionConfig,
): readonly ServiceAccountFault[] {
  const { annotations, before, namespace, namespaceAnnotations } = evidence;
  const namespaceAllows = namespaceAnnotations && statedText(namespaceAnnotations, allowedRolesAnnotation);
  const faults: ServiceAccountFault[] = [];
  for (const key of Object.keys(annotations)) {
    const isFor = (role: string) => key === role || key.startsWith(`${role}.`);
    const settings = config.profiles.find(({ roleAnnotations }) => roleAnnotations.some(isFor));
    const value = settings && givenText(annotations, key);
    if (settings === undefined || value === undefined) continue;
    const { allowedRoles } = config;
    const verdict = resolveRole({
      value,
      source: `annotation ${key}`,
      namespace,
      settings,
      allowedRoles,
      namespaceAllows,
    });
    if (!(verdict instanceof Refusal)) continue;
    const isNew = before === undefined || givenText(before, key) !== value;
    faults.push({ refusal: verdict, isNew, claimed: { key, value } });
  }
  return faults;
}
