// A pod and its service account as users write them, for what reads manifests.

export const serviceAccount = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/web
`;
export const pod = `apiVersion: v1
kind: Pod
metadata:
  name: web # the front
spec:
  serviceAccountName: web
  containers:
    - name: app
      image: web:1
`;
