// An installation of the webhook as Kubernetes objects, in an order in which they can be applied.
import { builtInProfiles, chooseProfiles } from '../../core/injection/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { accessObjects } from './access.ts';
import { admissionObjects } from './admission.ts';
import { faultOf } from './check.ts';
import { configurationObjects } from './configuration.ts';
import { networkObjects } from './network.ts';
import { type Installation, type KubernetesObject, labelsOf } from './object.ts';
import { type InstallValues, installSettings } from './settings.ts';
import { workloadObjects } from './workload.ts';

/** Pod Security admission judges the webhook's own pods; its baseline forbids the nodes' network. */
function namespace(installation: Installation): KubernetesObject {
  const { 'host-network': hostNetwork, namespace } = installation.values;
  const level = hostNetwork ? 'privileged' : 'restricted';
  const labels = {
    ...labelsOf(installation),
    'pod-security.kubernetes.io/enforce': level,
    'pod-security.kubernetes.io/audit': level,
    'pod-security.kubernetes.io/warn': level,
  };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } };
}

/**
 * All objects of an installation. The chart in `charts/podiam` renders the same, the Namespace apart.
 * @returns `setting-required`, `setting-unfit`, `setting-without-use`, or what is wrong with a profile's settings
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
  const profiles = [...builtInProfiles, ...values.profiles].flatMap(({ name }) =>
    chosen.filter(({ profile }) => profile === name),
  );
  const installation = { values, image, profiles };
  return [
    namespace(installation),
    ...accessObjects(installation),
    ...configurationObjects(installation),
    ...networkObjects(installation),
    ...workloadObjects(installation),
    ...admissionObjects(installation),
  ];
}
