// Refusals of injection and of the admission webhook.
import { rows } from './row.ts';

export const admissionRows = rows({
  'role-malformed': {
    status: 403,
    wire: 'RoleMalformed',
    sentence: 'The value ‘{role}’ ({source}) is no role.',
    remedy: 'Write {expected}.',
  },
  'role-name-without-account': {
    status: 403,
    wire: 'RoleNameWithoutAccount',
    sentence: 'The value ‘{role}’ ({source}) is a name without an account.',
    remedy: 'Write the whole ARN, or set the account that names belong to (role-account).',
  },
  'role-partition-foreign': {
    status: 403,
    wire: 'RolePartitionForeign',
    sentence: 'The role {role} ({source}) lies in another partition than {partition}.',
    remedy: 'Name a role of the partition {partition}.',
  },
  'role-account-foreign': {
    status: 403,
    wire: 'RoleAccountForeign',
    sentence: 'The role {role} ({source}) belongs to the account {account}, whose roles are not handed out here.',
    remedy: 'Name a role of an allowed account, or have the operator add this one (allowed-account).',
  },
  'role-origin-untold': {
    status: 403,
    wire: 'RoleOriginUntold',
    sentence:
      'The role {role} ({source}) does not tell its {what}, and only roles of certain ones are handed out here.',
    remedy: 'Name it by an ARN with its {what}, or have the operator name it in the allowed roles (allowed-roles).',
  },
  'role-not-allowed': {
    status: 403,
    wire: 'RoleNotAllowed',
    sentence: 'The namespace {namespace} may not use the role {role} ({source}).',
    remedy: 'Name a role that it may use, or have the operator add this one to {list}.',
  },
  'pod-malformed': {
    status: 403,
    wire: 'PodMalformed',
    sentence: 'The pod’s {field} is not {expected}.',
    remedy: 'Correct the manifest; kubectl explain pods tells the shape.',
  },
  'injection-setting-invalid': {
    status: 400,
    wire: 'InjectionSettingInvalid',
    sentence: 'The setting {setting} of the profile {profile} is ‘{value}’, which is not {expected}.',
    remedy: 'Correct it, or leave it out for the profile’s default.',
  },
  'injection-setting-missing': {
    status: 400,
    wire: 'InjectionSettingMissing',
    sentence: 'The profile {profile} needs the setting {setting}.',
    remedy: 'Set {setting}: {summary}.',
  },
  'role-mapping-malformed': {
    status: 400,
    wire: 'RoleMappingMalformed',
    sentence: 'The mapping of service accounts to roles is not taken: {problem}.',
    remedy:
      'Write a JSON object whose keys are NAMESPACE/NAME and whose values have RoleARN and, where wanted, Audience, UseRegionalSTS, TokenExpiration.',
  },
  'role-mapping-entry-malformed': {
    status: 403,
    wire: 'RoleMappingEntryMalformed',
    sentence: 'An entry of the mapping of service accounts to roles cannot be read: {problem}.',
    remedy:
      'Name it NAMESPACE/NAME, and give it an object with RoleARN and, where wanted, Audience, UseRegionalSTS, TokenExpiration; the other entries count.',
  },
  'container-credentials-entry-malformed': {
    status: 400,
    wire: 'ContainerCredentialsEntryMalformed',
    sentence: 'An entry of the list of identities for container credentials cannot be read: {problem}.',
    remedy: 'Give each of the identities a namespace and a serviceAccount; the other entries count.',
  },
  'container-credentials-malformed': {
    status: 400,
    wire: 'ContainerCredentialsMalformed',
    sentence: 'The list of identities for container credentials is not taken: {problem}.',
    remedy: 'Write a JSON object whose member identities is a list of objects with namespace and serviceAccount.',
  },
  'patch-path-missing': {
    status: 400,
    wire: 'PatchPathMissing',
    sentence: 'The patch adds at {path}, which the document does not have.',
    remedy: 'Apply the patch to the document that it was made for.',
  },
  'manifest-malformed': {
    status: 400,
    wire: 'ManifestMalformed',
    sentence: '{file}:{line}:{column}: {problem}.',
    remedy: 'Expected {expected}.',
  },
  'manifest-refused': {
    status: 403,
    wire: 'ManifestRefused',
    sentence: '{file}:{line}:{column}: {workload}: {problem}',
    remedy: '{solution}',
  },
  'admission-review-malformed': {
    status: 400,
    wire: 'BadRequest',
    sentence: 'The body is no AdmissionReview: {field} is not {expected}.',
    remedy: 'Send what an API server sends: an AdmissionReview of admission.k8s.io/v1 or v1beta1 with a request.',
  },
  'admission-client-unknown': {
    status: 403,
    wire: 'Forbidden',
    sentence: 'Admission is answered only to clients with a certificate that is trusted here.',
    remedy:
      'Give the API server a client certificate for this webhook (AdmissionConfiguration, kubeConfigFile), signed by an authority of --client-ca.',
  },
  'admission-content-type': {
    status: 415,
    wire: 'UnsupportedMediaType',
    sentence: 'The body’s media type is ‘{type}’.',
    remedy: 'Send application/json.',
  },
  'admission-crowded': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The reviews that are being judged hold more values together than this webhook keeps in memory.',
    remedy: 'Send it again after a pause; where API servers alone ask so much at once, run more replicas.',
  },
  'admission-overloaded': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'This webhook is so far behind that its answer would come after its time.',
    remedy: 'Give it more processor time, or more replicas; what was asked is asked again by whoever creates pods.',
  },
  'admission-lookup-failed': {
    status: 503,
    wire: 'AdmissionLookupFailed',
    sentence: 'The {what} could not be read, so that no role was injected.',
    remedy: 'Create the pod again once the API server answers; the webhook’s log has the cause.',
  },
});
