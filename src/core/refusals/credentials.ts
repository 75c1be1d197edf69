// Refusals of secrets at rest, session tokens (TOKEN #2), Bearer strings and SigV4 signatures.
import { rows } from './row.ts';

export const credentialRows = rows({
  'envelope-unopened': {
    status: 500,
    wire: 'InternalFailure',
    sentence: 'A stored secret cannot be decrypted with this key-encryption key.',
    remedy: 'Start with the key that the data was written with, and restore the record if it was changed.',
  },
  'session-token-missing': {
    status: 403,
    wire: 'InvalidClientTokenId',
    sentence: 'The access key {accessKeyId} is a session’s, and the request has no session token.',
    remedy: 'Send the session token with it as X-Amz-Security-Token (AWS_SESSION_TOKEN).',
  },
  'session-token-invalid': {
    status: 403,
    wire: 'InvalidClientTokenId',
    sentence: 'The security token included in the request is invalid.',
    remedy: 'Send the session token that was given together with the access key, whole and unchanged.',
  },
  'session-token-key-unknown': {
    status: 403,
    wire: 'InvalidClientTokenId',
    sentence: 'The security token included in the request was sealed with the key {keyId}, which is not held here.',
    remedy: 'Assume the role again; an operator keeps a sealing key until the last session under it has ended.',
  },
  'session-expired': {
    status: 403,
    wire: 'ExpiredToken',
    sentence: 'The security token included in the request is expired: the session ended {time}.',
    remedy: 'Assume the role again; the AWS SDKs do so by themselves.',
  },
  'session-revoked': {
    status: 403,
    wire: 'ExpiredToken',
    sentence: 'The session was revoked.',
    remedy: 'Assume the role again where that is still allowed; the account’s owner or the operator knows why.',
  },
  'revocations-unknown': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'Whether the session was revoked cannot be told: nothing was heard of revocations for {seconds} s.',
    remedy: 'Try again; the operator sees to it that this server reaches its database.',
  },
  'bearer-unknown': {
    status: 401,
    wire: 'InvalidClientTokenId',
    sentence: 'The Bearer string is no key and no session of this platform.',
    remedy: 'Send it whole and unchanged; a root key is written ACCESS-KEY-ID.SECRET.',
  },
  'bearer-session-token': {
    status: 401,
    wire: 'InvalidClientTokenId',
    sentence: 'The Bearer string is a session token, which counts beside a signature only.',
    remedy:
      'Sign the request with the access key that the token was given with, or ask /v2/oidc/token for a Bearer string.',
  },
  'bearer-service-account-token': {
    status: 401,
    wire: 'InvalidClientTokenId',
    sentence: 'The Bearer string is a service account’s token, which is exchanged and opens nothing by itself.',
    remedy: 'Send it as Bearer to /v2/oidc/token?role=ROLE on the platform, and here the access_token that comes back.',
  },
  'bearer-no-session': {
    status: 401,
    wire: 'InvalidClientTokenId',
    sentence: 'The Bearer string is a key, and only sessions’ Bearer strings are taken here.',
    remedy: 'Sign the request with the account’s key, or send the Bearer string of a role’s session.',
  },
  'access-key-unknown': {
    status: 403,
    wire: 'InvalidClientTokenId',
    sentence: 'The access key {accessKeyId} is not known here.',
    remedy: 'Send requests with a key of this platform; keys of another cloud do not count here.',
  },
  'signature-missing': {
    status: 403,
    wire: 'MissingAuthenticationToken',
    sentence: 'The request is not signed.',
    remedy: 'Sign it with AWS Signature Version 4, as the AWS SDKs do.',
  },
  'signature-algorithm-unknown': {
    status: 400,
    wire: 'IncompleteSignature',
    sentence: 'The request’s authorization is not of the kind AWS4-HMAC-SHA256.',
    remedy: 'Sign it with AWS Signature Version 4, as the AWS SDKs do.',
  },
  'signature-version-2': {
    status: 400,
    wire: 'IncompleteSignature',
    sentence: 'The request is signed with AWS Signature Version 2, which is not taken.',
    remedy: 'Use version 4; in boto3 give the client Config(signature_version=‘s3v4’).',
  },
  'signature-malformed': {
    status: 400,
    wire: 'IncompleteSignature',
    sentence: 'The signature’s {part} cannot be read: {problem}.',
    remedy: 'Sign the request with AWS Signature Version 4, as the AWS SDKs do.',
  },
  'signature-repeated': {
    status: 400,
    wire: 'IncompleteSignature',
    sentence: 'The request has more than one {what}.',
    remedy: 'Send it once.',
  },
  'signature-target-ambiguous': {
    status: 400,
    wire: 'InvalidURI',
    sentence: 'The request’s target has {what}, which servers read in different ways.',
    remedy: 'Percent-encode the bytes of path and query: a space as %20, a + as %2B, a % as %25.',
  },
  'signature-header-unsigned': {
    status: 403,
    wire: 'SignatureDoesNotMatch',
    sentence: 'The header {name} is not among the signed ones.',
    remedy: 'Sign host, x-amz-date and every x-amz- header that is sent, and let no proxy add one.',
  },
  'signature-header-absent': {
    status: 403,
    wire: 'SignatureDoesNotMatch',
    sentence: 'The signed header {name} did not arrive.',
    remedy: 'Have the proxy on the way pass it on unchanged.',
  },
  'signature-scope-other': {
    status: 403,
    wire: 'SignatureDoesNotMatch',
    sentence: 'The signature’s scope has the {part} {scope}, not {expected}.',
    remedy: 'Sign for the day of X-Amz-Date and for the service that the request goes to.',
  },
  'signature-time-skewed': {
    status: 403,
    wire: 'RequestTimeTooSkewed',
    sentence: 'The request was signed at {time}, and it is {now}: more than {minutes} minutes apart.',
    remedy: 'Set the client’s clock by NTP, and sign each request when it is sent.',
  },
  'signature-expired': {
    status: 400,
    wire: 'RequestExpired',
    sentence: 'The presigned URL was good until {time}, and it is {now}.',
    remedy: 'Make a new one.',
  },
  'signature-payload-malformed': {
    status: 400,
    wire: 'InvalidArgument',
    sentence: 'The header x-amz-content-sha256 is no SHA-256 in hexadecimal, and no word that is known.',
    remedy: 'State the body’s hash there, or leave the header out.',
  },
  'signature-payload-other': {
    status: 400,
    wire: 'XAmzContentSHA256Mismatch',
    sentence: 'The body that arrived has another SHA-256 than x-amz-content-sha256 states.',
    remedy: 'Send the body that was signed; no proxy may change it.',
  },
  'signature-payload-unsigned': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'The request’s body is not signed (UNSIGNED-PAYLOAD), which is not taken here.',
    remedy: 'Sign the body’s hash.',
  },
  'signature-payload-streaming': {
    status: 501,
    wire: 'NotImplemented',
    sentence: 'The request’s body is signed in chunks (STREAMING-…), which is not taken here.',
    remedy: 'Sign the body’s hash as a whole.',
  },
  'signature-mismatch': {
    status: 403,
    wire: 'SignatureDoesNotMatch',
    sentence: 'The request signature we calculated does not match the signature you provided.',
    remedy:
      'Check the secret access key, and that nothing on the way changes method, path, query, signed headers or body.',
  },
});
