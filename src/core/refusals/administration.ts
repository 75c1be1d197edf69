// Refusals of the `/v2` API and of running the platform.
import { rows } from './row.ts';

export const administrationRows = rows({
  'caller-missing': {
    status: 401,
    wire: 'MissingAuthenticationToken',
    sentence: 'The request does not say who sends it.',
    remedy:
      'Sign it with AWS Signature Version 4 for the service podiam, or send Authorization: Bearer with a root key as ACCESS-KEY-ID.SECRET, a session’s Bearer string or an operator key.',
  },
  'operator-only': {
    status: 403,
    wire: 'AccessDenied',
    sentence: '{operation} is for the platform’s operator alone.',
    remedy: 'Call it with an operator key, or through the socket in the platform’s data folder.',
  },
  'account-other': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'The account {account} is not the caller’s.',
    remedy: 'Leave the parameter account out, or call with a key of that account.',
  },
  'account-not-named': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The operator acts in an account, and the request names none.',
    remedy: 'Add the parameter account with its 12 digits.',
  },
  'administration-throttled': {
    status: 429,
    wire: 'ThrottlingException',
    sentence: 'Rate exceeded: too many calls {whose}.',
    remedy: 'Wait a moment and try again.',
  },
  'request-body-malformed': {
    status: 400,
    wire: 'MalformedRequest',
    sentence: 'The request’s body is no JSON object: {problem}.',
    remedy: 'Send application/json in UTF-8, each member once.',
  },
  'request-fields-invalid': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'What the request says cannot be taken: {fields}.',
    remedy: 'Correct the fields named; /openapi.json has the form of each.',
  },
  'page-marker-invalid': {
    status: 400,
    wire: 'InvalidMarker',
    sentence: 'The cursor does not belong to this list, or was changed.',
    remedy: 'Send the cursor of the page before with the same filters, or none to begin anew.',
  },
  'issuer-source-unknown': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'This platform does not run clusters itself, so it cannot look up the keys of one.',
    remedy: 'Register the issuer with source external; the operator can set --vke-issuer-url and --vke-jwks-url.',
  },
  'issuer-review-unusable': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'Asked for a TokenReview, {url} did not answer as an API server does.',
    remedy:
      'See that the platform reaches the address, that certificate_authority signed its certificate, and that the token is in force and bound to the ClusterRole system:auth-delegator. The audit record says what the API server objects to; anything else stands in the platform’s log under the request’s id.',
  },
  'issuer-review-address-private': {
    status: 400,
    wire: 'InvalidInput',
    sentence: '{host} leads to an address outside the public Internet, which is not asked.',
    remedy:
      'Give a public address of the API server, or let the operator set --allow-private-issuers where the cluster is in the platform’s own network.',
  },
  'issuer-keys-unreadable': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The issuer’s keys cannot be had: {problem}',
    remedy: 'Give the keys with the registration, or make them readable from here without a password.',
  },
  'session-ended': {
    status: 409,
    wire: 'Conflict',
    sentence: 'The session {session} has ended by itself.',
    remedy: 'There is nothing left to revoke.',
  },
  'administration-unavailable': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The platform cannot reach its records at the moment.',
    remedy: 'Try again; if it goes on, the operator finds the cause in the log under the request’s id.',
  },
  'platform-not-ready': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The platform is not ready: {reason}.',
    remedy: 'Try again in a moment; /readyz tells when it is.',
  },
  'audit-sink-blocked': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The audit record cannot be written to {sink}: {problem}.',
    remedy: 'Have its reader read on, or give the disk room; until then nothing is issued and nothing passes.',
  },
  'key-encryption-key-needed': {
    status: 400,
    wire: 'KeyEncryptionKeyNeeded',
    sentence: 'Replicas over PostgreSQL share one key-encryption key, and none is given.',
    remedy: 'Set --key-encryption-key to file:PATH, env:NAME or command:PROGRAM; openssl rand -base64 32 makes one.',
  },
  'operator-endpoint-unreachable': {
    status: 500,
    wire: 'OperatorEndpointUnreachable',
    sentence: 'The platform at {endpoint} cannot be reached: {problem}.',
    remedy: 'Check that it runs, and that --data or --url names it.',
  },
  'operator-endpoint-refused': {
    status: 500,
    wire: 'OperatorEndpointRefused',
    sentence: 'The platform refused with {status} {code}: {message}',
    remedy: 'See the code in docs/refusals.md.',
  },
  'operator-key-needed': {
    status: 400,
    wire: 'OperatorKeyNeeded',
    sentence: 'The platform at {url} wants an operator key, and none is given.',
    remedy:
      'Set PODIAM_OPERATOR_KEY to one that podiam platform keys operator made, or run the command beside the data folder.',
  },
  'platform-command-unknown': {
    status: 400,
    wire: 'WrongUsage',
    sentence: 'There is no command podiam platform {name}.',
    remedy: '{suggestion}',
  },
  'platform-argument-missing': {
    status: 400,
    wire: 'WrongUsage',
    sentence: 'The command {command} lacks {argument}.',
    remedy: 'Usage: {usage}',
  },
});
