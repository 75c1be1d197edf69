export {
  type Certificate,
  readCertificates,
  readServingPair,
  type ServerNames,
  type ServingPair,
} from './certificate.ts';
export { isOthers } from './others.ts';
export {
  type CertificateSettings,
  certificateDefaults,
  type Observations,
  type Plan,
  type PlanContext,
  type PlannedStep,
  planCertificates,
  type Step,
} from './plan.ts';
export {
  type Authority,
  bundleOf,
  type CertificateState,
  emptyState,
  fingerprintsOf,
  type Leaf,
  readState,
  remnantOf,
  type SecretData,
  secretKeys,
  servingSecret,
  writeState,
} from './state.ts';
export { isOutside, type Validity } from './validity.ts';
