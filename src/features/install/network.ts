// How the webhook is reached, and by whom: Service, NetworkPolicy, ServiceMonitor.
import { type Installation, inNamespace, type KubernetesObject, labelsOf } from './object.ts';

function service(installation: Installation): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: inNamespace(installation),
    spec: {
      type: 'ClusterIP',
      // One family where the cluster has one, whichever that is.
      ipFamilyPolicy: 'PreferDualStack',
      selector: labelsOf(installation),
      ports: [
        { name: 'webhook', port: 443, targetPort: 'webhook', protocol: 'TCP' },
        { name: 'metrics', port: installation.values['metrics-port'], targetPort: 'metrics', protocol: 'TCP' },
      ],
    },
  };
}

/**
 * API servers are no pods and cannot be selected: by their addresses, or not at all. Metrics hold no names of roles or
 * pods, and are for whoever in the cluster collects them; beside them are probes, for nodes whose addresses are named.
 */
function networkPolicy(installation: Installation): readonly KubernetesObject[] {
  const { values } = installation;
  if (!values['network-policy']) return [];
  const from = values['api-server-cidr'].map((cidr) => ({ ipBlock: { cidr } }));
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: inNamespace(installation),
      spec: {
        podSelector: { matchLabels: labelsOf(installation) },
        policyTypes: ['Ingress'],
        ingress: [
          { ...(from.length > 0 && { from }), ports: [{ port: 'webhook', protocol: 'TCP' }] },
          { from: [{ namespaceSelector: {} }, ...from], ports: [{ port: 'metrics', protocol: 'TCP' }] },
        ],
      },
    },
  ];
}

function serviceMonitor(installation: Installation): readonly KubernetesObject[] {
  if (!installation.values['service-monitor']) return [];
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: inNamespace(installation),
      spec: { selector: { matchLabels: labelsOf(installation) }, endpoints: [{ port: 'metrics' }] },
    },
  ];
}

export function networkObjects(installation: Installation): readonly KubernetesObject[] {
  return [service(installation), ...networkPolicy(installation), ...serviceMonitor(installation)];
}
