export { keepCertificates } from './keep-certificates.ts';
export { type KeepPairSettings, keepPair, type PairPorts, type PairText } from './keep-pair.ts';
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
