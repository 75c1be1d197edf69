// Every no that Podiam says, by its stable code. `docs/refusals.md` tells the same, and a test holds the two together.
import { administrationRows } from './administration.ts';
import { admissionRows } from './admission.ts';
import { certificateRows } from './certificates.ts';
import { clusterRows } from './cluster.ts';
import { credentialRows } from './credentials.ts';
import { documentRows } from './documents.ts';
import { gatewayRows } from './gateway.ts';
import { httpRows } from './http.ts';
import { iamRows } from './iam.ts';
import { installRows } from './install.ts';
import { kubernetesRows } from './kubernetes.ts';
import { policyRows } from './policy.ts';
import { settingsRows } from './settings.ts';
import { setupRows } from './setup.ts';
import { stsRows } from './sts.ts';
import { tokenRows } from './tokens.ts';

/** The rows by who says them, in the order of a request's way. */
export const chapters = {
  'Injection and the admission webhook': admissionRows,
  'Service-account tokens': tokenRows,
  'Documents of issuers': documentRows,
  'Policy documents': policyRows,
  'Accounts, issuers, roles': iamRows,
  'The STS': stsRows,
  'Signatures and session tokens': credentialRows,
  'The gateway': gatewayRows,
  'The /v2 API and podiam platform': administrationRows,
  'HTTP servers': httpRows,
  Certificates: certificateRows,
  'Settings and files': settingsRows,
  Installing: installRows,
  'Start-up and storage': setupRows,
  'The Kubernetes API': kubernetesRows,
  'The stand-in cluster of podiam up': clusterRows,
};

export const catalogue = {
  ...admissionRows,
  ...tokenRows,
  ...documentRows,
  ...policyRows,
  ...iamRows,
  ...stsRows,
  ...credentialRows,
  ...gatewayRows,
  ...administrationRows,
  ...httpRows,
  ...certificateRows,
  ...settingsRows,
  ...installRows,
  ...setupRows,
  ...kubernetesRows,
  ...clusterRows,
};
