export { keepCertificates } from './keep-certificates.ts';
export { type FilePair, type FilePorts, type KeepFilesSettings, keepFiles } from './keep-files.ts';
export type {
  CertificateKeeper,
  CertificatePorts,
  Expiry,
  KeepCertificatesSettings,
  KeeperPorts,
  StoredSecret,
  WebhookConfiguration,
  WriteOutcome,
} from './ports.ts';
