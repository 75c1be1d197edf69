export {
  type AdmissionAnswer,
  type AdmissionRequest,
  answerAdmissionReview,
  parseAdmissionReview,
} from './admission-review.ts';
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
  type CallerIdentity,
  callerIdentityXml,
  parseWebIdentityCall,
  stsErrorXml,
  stsVersion,
  type WebIdentityAnswer,
  type WebIdentityCall,
  webIdentityXml,
} from './sts.ts';
export { escapeXml, type XmlElement } from './xml.ts';
