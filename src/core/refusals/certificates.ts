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
      'Grant get and watch on this one Secret, and update where the webhook keeps it itself; apply the manifests again if it was deleted.',
  },
  'certificate-secret-missing': {
    status: 500,
    wire: 'CertificateSecretMissing',
    sentence: 'There is no Secret {name}, which should hold the serving certificate.',
    remedy: 'Create it with tls.crt and tls.key (type kubernetes.io/tls), or correct its name in the settings.',
  },
  'client-authority-unfit': {
    status: 500,
    wire: 'ClientAuthorityUnfit',
    sentence: 'The authorities of client certificates cannot be read: {problem}',
    remedy: 'Put their certificates there in PEM; until then the last good ones are trusted.',
  },
  'certificate-ca-bundle-forbidden': {
    status: 500,
    wire: 'CertificateCaBundleForbidden',
    sentence: 'The caBundle of the webhook configuration may not be {verb}.',
    remedy:
      'Grant get, watch and update on this one configuration, or put the ca.crt of the Secret there whenever it changes.',
  },
  'certificate-of-others': {
    status: 500,
    wire: 'CertificateOfOthers',
    sentence:
      'The Secret holds a certificate that others made, until {until}, and the caBundle of the webhook configuration may not be read or changed: it is served as it is.',
    remedy:
      'Grant get, watch and update on this one configuration, and the webhook makes its own and has it trusted; or have the pair renewed in time; or, once the Secret has a ca.crt, add that to the caBundle.',
  },
  'certificate-configuration-missing': {
    status: 500,
    wire: 'CertificateConfigurationMissing',
    sentence: 'The webhook configuration whose caBundle is to be kept is not there.',
    remedy: 'Apply the manifests that hold it, or correct its name in the settings.',
  },
});
