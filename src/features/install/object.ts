// What all objects of an installation have in common: their shape, their names and their labels.
import { servingSecret } from '../../core/certificates/index.ts';
import type { ProfileSettings } from '../../core/injection/index.ts';
import type { InstallValues } from './settings.ts';

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [member: string]: unknown;
}

/** Values that were found without fault, and what follows from them. */
export interface Installation {
  readonly values: InstallValues;
  readonly image: string;
  readonly profiles: readonly ProfileSettings[];
}

/** Of the Service, its Deployment, its rights and its webhook configuration, which the webhook finds by it. */
export function nameOf({ values }: Installation): string {
  return values['service-name'];
}

/** Where the serving certificate lies; the webhook finds it by its Service's name. */
export function secretNameOf({ values }: Installation): string {
  return servingSecret(values);
}

/**
 * What becomes of a pod about which something cannot be looked up:
 *   1. what was set,
 *   2. it is kept out where pods are kept out when no webhook answers: whoever says Fail means this failure, too,
 *   3. it is created with a warning.
 */
export function onFailureOf({ values }: Installation): 'warn' | 'deny' {
  return values['on-failure'] ?? (values['failure-policy'] === 'Fail' ? 'deny' : 'warn');
}

/** They select the pods, and so may never change. */
export function labelsOf(installation: Installation): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'podiam',
    'app.kubernetes.io/instance': nameOf(installation),
    'app.kubernetes.io/component': 'webhook',
  };
}

/** The metadata of an object in the installation's namespace. */
export function inNamespace(installation: Installation, name = nameOf(installation)): KubernetesObject['metadata'] {
  return { name, namespace: installation.values.namespace, labels: labelsOf(installation) };
}

/** The metadata of an object outside namespaces. */
export function inCluster(installation: Installation): KubernetesObject['metadata'] {
  return { name: nameOf(installation), labels: labelsOf(installation) };
}
