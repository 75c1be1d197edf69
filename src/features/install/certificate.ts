// Under `--tls cert-manager`: a CA of our own and a leaf from it, so that a renewed leaf is trusted before it is served.
import { type Installation, inNamespace, type KubernetesObject, nameOf, secretNameOf } from './object.ts';

const apiVersion = 'cert-manager.io/v1';
const privateKey = { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' };

/** cert-manager's webhook configuration injector reads the CA from this Certificate's Secret. */
export function injectorAnnotation(installation: Installation): Readonly<Record<string, string>> {
  return { 'cert-manager.io/inject-ca-from': `${installation.values.namespace}/${nameOf(installation)}` };
}

export function certificateObjects(installation: Installation): readonly KubernetesObject[] {
  const { values } = installation;
  if (values.tls !== 'cert-manager') return [];
  const name = nameOf(installation);
  const host = `${name}.${values.namespace}.svc`;
  const authority = `${name}-ca`;
  const issuerRef = (name: string) => ({ group: 'cert-manager.io', kind: 'Issuer', name });
  const metadata = (name: string) => inNamespace(installation, name);
  return [
    { apiVersion, kind: 'Issuer', metadata: metadata(`${name}-root`), spec: { selfSigned: {} } },
    {
      apiVersion,
      kind: 'Certificate',
      metadata: metadata(authority),
      spec: {
        isCA: true,
        commonName: authority,
        secretName: authority,
        duration: '8760h',
        privateKey,
        issuerRef: issuerRef(`${name}-root`),
      },
    },
    { apiVersion, kind: 'Issuer', metadata: metadata(authority), spec: { ca: { secretName: authority } } },
    {
      apiVersion,
      kind: 'Certificate',
      metadata: metadata(name),
      spec: {
        dnsNames: [host, `${host}.cluster.local`],
        secretName: secretNameOf(installation),
        duration: '2160h',
        privateKey,
        usages: ['digital signature', 'server auth'],
        issuerRef: issuerRef(authority),
      },
    },
  ];
}
