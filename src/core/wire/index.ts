export {
  type AdmissionAnswer,
  type AdmissionRequest,
  answerAdmissionReview,
  mutatePath,
  parseAdmissionReview,
  refuseReviewOf,
  shapeOfReview,
} from './admission-review.ts';
export {
  type Answer,
  answerJson,
  answerXml,
  type Content,
  type ErrorAnswer,
  errorJson,
  errorXml,
  type Field,
} from './answers.ts';
export {
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  header,
  headerValues,
  jsonResponse,
  methodNotAllowed,
  refusalResponse,
} from './http.ts';
export {
  attachedFields,
  boundaryField,
  inlineFields,
  lastUsedField,
  listedPolicyFields,
  listedRoleFields,
  listedVersionFields,
  listOf,
  policyArnOf,
  policyFields,
  providerArnOf,
  roleArnOf,
  roleFields,
  tagFields,
  tagsField,
  versionFields,
} from './iam-answers.ts';
export {
  iamForms,
  iamNamespace,
  iamVersion,
  isIamCall,
  mostIamParameters,
  neededList,
  optional,
  pageShapes,
  required,
  tagKeyList,
  tagList,
  textList,
} from './iam-parameters.ts';
export { isObject, type JsonObject, parseStrictJson, type StrictJson } from './json.ts';
export { parseQueryForm, type QueryParameters } from './query.ts';
export { type Arguments, readArguments } from './query-arguments.ts';
export type { CallShape, ListItem, ListShape, Shape } from './query-parameters.ts';
export { isQueryPath } from './query-paths.ts';
export { type QueryAnswering, queryResponse } from './query-response.ts';
export {
  accessKeyInfoAnswer,
  assumeRoleAnswer,
  type CallerIdentity,
  callerIdentityAnswer,
  type IssuedSession,
  stsNamespace,
  type WebIdentitySession,
  webIdentityAnswer,
} from './sts-answers.ts';
export {
  type AssumeRoleCall,
  parseAccessKeyInfoCall,
  parseAssumeRoleCall,
  parseWebIdentityCall,
  type SessionCall,
  stsVersion,
  type WebIdentityCall,
} from './sts-calls.ts';
export { parseUnambiguousJson, shapeOfJson } from './unambiguous-json.ts';
export { escapeXml } from './xml.ts';
