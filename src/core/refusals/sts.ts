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
    remedy: 'This STS has AssumeRoleWithWebIdentity, AssumeRole, GetCallerIdentity and GetAccessKeyInfo.',
  },
  'query-parameters-invalid': {
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
  'query-parameter-not-taken': {
    status: 400,
    wire: 'InvalidParameterValue',
    sentence: 'The parameter {name} is not taken by this action.',
    remedy: 'Leave it out, or spell it as the API does: case counts.',
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
    sentence: 'Not authorized to perform {action}.',
    remedy: 'The platform’s log tells the exact reason under this request’s id.',
  },
  'sts-tag-repeated': {
    status: 400,
    wire: 'InvalidParameterValue',
    sentence: 'The session tag {key} stands more than once.',
    remedy: 'Send each key once; keys that differ only in case are one key.',
  },
  'sts-tag-malformed': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The session tag {key} is not taken: {problem}.',
    remedy: 'Use keys of 1 to 128 and values of up to 256 letters, digits, spaces and _.:/=+-@.',
  },
  'sts-tag-reserved': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The session tag {key} is the platform’s own to give.',
    remedy: 'Name it otherwise: what it says about a pod comes from the cluster’s own tokens.',
  },
  'sts-tag-inherited': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'The session tag {key} is handed on by the session that asks, and cannot be changed.',
    remedy: 'Leave it out of the request.',
  },
  'sts-too-many-tags': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'There are more than {limit} session tags.',
    remedy: 'Tag the session with what policies ask about.',
  },
  'sts-source-identity-fixed': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'The session that asks has another source identity, which cannot be changed.',
    remedy: 'Leave SourceIdentity out: chained sessions keep it.',
  },
  'sts-chain-too-long': {
    status: 400,
    wire: 'ValidationError',
    sentence:
      'The requested DurationSeconds exceeds the {longest} seconds that a session assumed by another session may last.',
    remedy: 'Ask for an hour at most.',
  },
  'sts-chain-ended': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'Sessions are chained over at most {links} links and {hours} hours from the first one’s start.',
    remedy: 'Begin anew with the pod’s service-account token.',
  },
  'sts-caller-not-session': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'Roles may not be assumed by root accounts.',
    remedy: 'Assume the role from a pod, or from another role’s session.',
  },
  'sts-not-for-sessions': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'Cannot call {action} with session credentials.',
    remedy: 'Use the session as it is, or AssumeRole for a narrower one.',
  },
  'sts-access-key-other': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'The access key {accessKeyId} is none of your account’s.',
    remedy: 'Ask with credentials of the account that it belongs to.',
  },
  'sts-session-policy-missing': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The session policy {arn} is no managed policy of the role’s account.',
    remedy: 'Name policies of the role’s own account by their ARN.',
  },
  'sts-packed-policy-too-large': {
    status: 400,
    wire: 'PackedPolicyTooLarge',
    sentence: 'The session’s policies and tags take {size} characters; {limit} is the limit.',
    remedy: 'Give fewer or shorter ones; managed policies are named by ARN, whatever they say.',
  },
  'sts-throttled': {
    status: 400,
    wire: 'Throttling',
    sentence: 'Rate exceeded: too many calls {whose}.',
    remedy: 'Wait a moment and try again, as the AWS SDKs do; keep credentials until they end instead of asking anew.',
  },
  'sts-token-review-failed': {
    status: 403,
    wire: 'IDPRejectedClaim',
    sentence: 'The cluster no longer stands behind the token.',
    remedy: 'Read the token file anew; the token of a deleted pod is good for nothing.',
  },
  'sts-token-review-unavailable': {
    status: 400,
    wire: 'IDPCommunicationError',
    sentence: 'The cluster of the issuer {issuer} cannot be asked about its token for now.',
    remedy:
      'Try again. If it goes on, the account’s owner reads in the audit record whether the issuer’s token_review needs another token or right; anything else stands in the platform’s log, with the issuer.',
  },
  'sts-unavailable': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The STS cannot reach its records at the moment, so nothing was issued.',
    remedy: 'Try again; if it goes on, the platform’s operator finds the cause in its log.',
  },
});
