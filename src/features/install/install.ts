// An installation of the webhook as Kubernetes objects, in an order in which they can be applied.
import { allProfiles, chooseProfiles } from '../../core/injection/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { accessObjects } from './access.ts';
import { admissionObjects } from './admission.ts';
import { faultOf } from './check.ts';
import { configurationObjects } from './configuration.ts';
import { networkObjects } from './network.ts';
import { type Installation, type KubernetesObject, labelsOf } from './object.ts';
import { type InstallValues, installSettings, ownNamespace } from './settings.ts';
import { workloadObjects } from './workload.ts';

/**
 * Printed where it is ours: deleting what was printed deletes it, and its labels hold whoever else is in it. Pod Security
 * admission judges the webhook's own pods; its baseline forbids the nodes' network.
 */
function namespaceObjects(installation: Installation): readonly KubernetesObject[] {
  const { 'create-namespace': isAsked, 'host-network': hostNetwork, namespace } = installation.values;
  if (!(isAsked ?? namespace === ownNamespace)) return [];
  const level = hostNetwork ? 'privileged' : 'restricted';
  const labels = {
    ...labelsOf(installation),
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/audit': level,
    'pod-security.kubernetes.io/warn': level,
  };
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }];
}

/**
 * All objects of an installation. The chart in `charts/podiam` renders the same, the Namespace apart.
 * @returns what `faultOf` finds, or what is wrong with a profile's settings
 */
export function installationObjects(values: InstallValues): readonly KubernetesObject[] | Refusal {
  const fault = faultOf(values);
  if (fault) return fault;
  const { image } = values;
  if (image === undefined)
    return refuse('setting-required', { setting: 'image', summary: installSettings.image.summary });
  const chosen = chooseProfiles(values, values);
  if (chosen instanceof Refusal) return chosen;
  // What is made of them has no precedence: one order, whoever named them in which.
  const profiles = allProfiles(values.profiles).flatMap(({ name }) => chosen.filter(({ profile }) => profile === name));
  const installation = { values, image, profiles };
  return [
    ...namespaceObjects(installation),
    ...accessObjects(installation),
    ...configurationObjects(installation),
    ...networkObjects(installation),
    ...workloadObjects(installation),
    ...admissionObjects(installation),
  ];
}
