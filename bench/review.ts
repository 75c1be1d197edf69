// A review of the size that API servers send for an ordinary Deployment's pod: about 6 KB, most of it metadata.managedFields.

const container = (name: string, image: string) => ({
  name,
  image,
  ports: [{ containerPort: 8080, protocol: 'TCP' }],
  env: Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value of setting ${i}` })),
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  volumeMounts: [
    { name: 'config', mountPath: '/etc/config', readOnly: true },
    { name: 'kube-api-access-x7x2v', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
  ],
  livenessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, failureThreshold: 3 },
  readinessProbe: { httpGet: { path: '/readyz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, failureThreshold: 3 },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
});

const managed = Object.fromEntries(
  Array.from({ length: 24 }, (_, i) => [
    `f:field-${i}`,
    { '.': {}, 'f:name': {}, 'f:value': {}, [`k:{"name":"SETTING_${i}"}`]: { '.': {}, 'f:name': {} } },
  ]),
);

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    generateName: 'my-app-6d4cf56db6-',
    namespace: 'default',
    labels: { app: 'my-app', 'pod-template-hash': '6d4cf56db6' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'my-app-6d4cf56db6',
        uid: '2f5a9f2e-2d0c-4a63-9a9f-3a3f5f1c7f10',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-11-21T12:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': managed },
      },
    ],
  },
  spec: {
    serviceAccountName: 'my-app',
    serviceAccount: 'my-app',
    containers: [
      container('app', 'registry.example.com/my-app:1.2.3'),
      container('proxy', 'registry.example.com/proxy:4'),
    ],
    volumes: [
      { name: 'config', configMap: { name: 'my-app', defaultMode: 420 } },
      {
        name: 'kube-api-access-x7x2v',
        projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }], defaultMode: 420 },
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  },
  status: {},
};

/** The review's JSON text. */
export function admissionReview(): string {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      namespace: 'default',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '6f2b7d0e-58a9-4d5c-8d2b-6a1a4f4d3c21',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  });
}
