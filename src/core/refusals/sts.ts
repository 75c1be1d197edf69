// Refusals of the STS.
import { rows } from './row.ts';

export const stsRows = rows({
  'query-too-many-parameters': {
    status: 400,
    wire: 'MalformedQueryString',
    sentence: 'The form has more than {limit} parameters.',
    remedy: 'Send only the parameters of the call.',
  },
  'query-not-decodable': {
    status: 400,
    wire: 'MalformedQueryString',
    sentence: 'The form is not percent-encoded UTF-8.',
    remedy: 'Encode names and values as application/x-www-form-urlencoded.',
  },
  'query-parameter-repeated': {
    status: 400,
    wire: 'InvalidParameterCombination',
    sentence: 'The parameter {name} stands more than once.',
    remedy: 'Send each parameter once; case does not make it another one.',
  },
  'sts-post-only': {
    status: 405,
    wire: 'MethodNotAllowed',
    sentence: 'The STS takes POST only, not {method}: a token in a URL ends in the logs of proxies.',
    remedy: 'Send the parameters as the form body of a POST, as the AWS SDKs do.',
  },
  'sts-version-unknown': {
    status: 400,
    wire: 'InvalidAction',
    sentence: 'The API version {version} is not spoken here.',
    remedy: 'Send Version=2011-06-15.',
  },
  'sts-action-unknown': {
    status: 400,
    wire: 'InvalidAction',
    sentence: 'Could not find operation {action} for version 2011-06-15.',
    remedy: 'This STS has AssumeRoleWithWebIdentity and GetCallerIdentity.',
  },
  'sts-parameters-invalid': {
    status: 400,
    wire: 'ValidationError',
    sentence: '{detected}: {errors}.',
    remedy: 'Correct the parameters named.',
  },
  'sts-role-arn-malformed': {
    status: 400,
    wire: 'ValidationError',
    sentence: '{arn} is no role’s ARN.',
    remedy: 'Write it as arn:aws:iam::ACCOUNT:role/NAME, with the 12 digits of the account.',
  },
  'sts-parameter-not-taken': {
    status: 400,
    wire: 'InvalidParameterValue',
    sentence: 'The parameter {name} is not taken for tokens of a Kubernetes cluster.',
    remedy: 'Leave it out, or spell it as the API does: case counts. A session policy is given as Policy.',
  },
  'sts-duration-out-of-range': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'DurationSeconds is {value}, which is no whole number from {shortest} to {longest}.',
    remedy: 'Choose one in that range, or leave it out for 3600.',
  },
  'sts-duration-beyond-role': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role ({longest} seconds).',
    remedy: 'Ask for a shorter session, or raise the role’s MaxSessionDuration.',
  },
  'sts-issuer-unknown': {
    status: 400,
    wire: 'InvalidIdentityToken',
    sentence: 'No OpenIDConnect provider found in your account for {issuer}.',
    remedy: 'Register the cluster’s issuer in the role’s account; it must equal the token’s iss byte for byte.',
  },
  'sts-not-authorized': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'Not authorized to perform sts:AssumeRoleWithWebIdentity.',
    remedy: 'The platform’s log tells the exact reason under this request’s id.',
  },
  'sts-unavailable': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The STS cannot reach its records at the moment, so nothing was issued.',
    remedy: 'Try again; if it goes on, the platform’s operator finds the cause in its log.',
  },
});
