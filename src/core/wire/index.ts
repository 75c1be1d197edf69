export {
  type AdmissionAnswer,
  type AdmissionRequest,
  answerAdmissionReview,
  parseAdmissionReview,
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
export { parseStrictJson, type StrictJson } from './json.ts';
export { parseQueryForm, type QueryParameters } from './query.ts';
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
export { escapeXml, type XmlElement } from './xml.ts';
