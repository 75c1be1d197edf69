// Admission policies as Kubernetes 1.34 has them: v1beta1, behind a gate, with no more of CEL than what 1.33 had. An API
// server that emulates it compiles every expression when the objects are created.
import { expect, it } from 'vitest';
import { policyObjects } from '../../../src/core/admission-policy/index.ts';
import { aws, isObject, itemsOf, objectOf, settleProfile, vultr } from '../../../src/core/injection/index.ts';
import { taken } from '../../core/injection/cases.ts';
import { inGroup, installPolicies, serviceAccount, submitPod } from '../policies.ts';
import { useOwnCluster } from '../use-cluster.ts';

const cluster = useOwnCluster({
  apiServerFlags: [
    '--emulated-version=1.34',
    // Its admission itself asks for v1 of the policies.
    '--emulation-forward-compatible=true',
    '--feature-gates=MutatingAdmissionPolicy=true',
    '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
  ],
});

it('are taken and followed', async () => {
  const { api } = cluster();
  await api.create('/api/v1/namespaces', { metadata: { name: 'beta', labels: inGroup('beta') } });
  const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/s3' };
  await api.create('/api/v1/namespaces/beta/serviceaccounts', serviceAccount('good', role));
  const profiles = [taken(settleProfile(vultr)), taken(settleProfile(aws))] as const;
  const allowedRoles = [{ namespace: 'b*', roles: ['s*'] }];
  const objects = policyObjects(
    { profiles, allowedRoles },
    {
      apiVersion: 'v1beta1',
      failurePolicy: 'Fail',
      onRefusal: 'deny',
      watchNamespaces: true,
      serviceAccountLabel: undefined,
    },
  );
  await installPolicies(api, 'beta', objects);
  const pod = {
    metadata: { name: 'my-app' },
    spec: { serviceAccountName: 'good', containers: [{ name: 'app', image: 'a' }] },
  };
  const seen = async () => {
    const { body } = await submitPod(api, 'beta', pod, undefined);
    const [container] = itemsOf(objectOf(body, 'spec') ?? {}, 'containers');
    return isObject(container) ? itemsOf(container, 'env') : [];
  };
  await expect
    .poll(seen, { timeout: 30_000, interval: 250 })
    .toContainEqual({ name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/s3' });
});
