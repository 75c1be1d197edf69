// Refusals of the serving certificate's keeping: from files, or self-managed in a Secret.
import { rows } from './row.ts';

export const certificateRows = rows({
  'certificate-unreadable': {
    status: 500,
    wire: 'CertificateUnreadable',
    sentence: 'The certificate in {where} cannot be read: {problem}.',
    remedy: 'Put the certificate there in PEM, leaf first; until then the last good one is served.',
  },
  'certificate-key-mismatch': {
    status: 500,
    wire: 'CertificateKeyMismatch',
    sentence: 'The private key is not that of the certificate in {where}, or cannot be read.',
    remedy: 'Write both files of one pair, the key unencrypted and in PEM; until then the last good pair is served.',
  },
  'certificate-expired': {
    status: 500,
    wire: 'CertificateExpired',
    sentence: 'The certificate in {where} has expired, and the one that is served has not.',
    remedy: 'Renew it, and check the clock of this machine.',
  },
  'certificate-secret-forbidden': {
    status: 500,
    wire: 'CertificateSecretForbidden',
    sentence: 'The Secret that holds the serving certificate may not be {verb}.',
    remedy:
      'Grant get, list, watch and update on this one Secret, and apply the manifests again if it was deleted: they create it empty.',
  },
  'certificate-ca-bundle-forbidden': {
    status: 500,
    wire: 'CertificateCaBundleForbidden',
    sentence: 'The caBundle of the webhook configuration may not be {verb}.',
    remedy:
      'Grant get, list, watch and patch on this one configuration, or put the ca.crt of the Secret there whenever it changes.',
  },
  'certificate-configuration-missing': {
    status: 500,
    wire: 'CertificateConfigurationMissing',
    sentence: 'The webhook configuration whose caBundle is to be kept is not there.',
    remedy: 'Apply the manifests that hold it, or correct its name in the settings.',
  },
});
