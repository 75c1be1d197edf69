// Refusals of what is put into the registry: issuers, roles, accounts.
import { rows } from './row.ts';

export const iamRows = rows({
  'account-id-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: '‘{account}’ is no account.',
    remedy: 'Give the account’s 12 digits.',
  },
  'issuer-url-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The issuer {url} cannot be registered: {problem}.',
    remedy: 'Give the URL exactly as it stands in the tokens’ iss, such as https://oidc.example.com/clusters/1.',
  },
  'issuer-audiences-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The issuer has {count} audiences.',
    remedy: 'Name at least one and at most {most}.',
  },
  'issuer-audience-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'An audience of the issuer has {length} characters.',
    remedy: 'Give each audience, as it stands in the tokens’ aud, in 1 to {most} characters.',
  },
  'role-path-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'A role cannot have the path ‘{path}’.',
    remedy:
      'Use / or a path such as /apps/web/: it begins and ends with /, between which stand letters, digits and the signs + = , . @ _ -, at most {most} characters in all.',
  },
  'role-session-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'The sessions of a role cannot last up to {seconds} seconds.',
    remedy: 'Use a whole number of seconds from {least} to {most}.',
  },
  'role-name-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'A role cannot be named ‘{name}’.',
    remedy: 'Use 1 to 64 letters, digits and the signs + = , . @ _ -.',
  },
  'iam-version-unknown': {
    status: 400,
    wire: 'InvalidAction',
    sentence: 'The API version {version} is not spoken here.',
    remedy: 'Send Version=2010-05-08.',
  },
  'iam-action-unknown': {
    status: 400,
    wire: 'InvalidAction',
    sentence: 'Could not find operation {action} for version 2010-05-08.',
    remedy:
      'This IAM keeps roles, managed policies and OpenID Connect providers; it has no users, groups or instance profiles.',
  },
  'iam-post-only': {
    status: 405,
    wire: 'MethodNotAllowed',
    sentence: 'The IAM API takes POST only, not {method}.',
    remedy: 'Send the parameters as the form body of a POST, as the AWS SDKs do.',
  },
  'iam-not-authorized': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'User: {principal} is not authorized to perform: {action} on resource: {resource}.',
    remedy: 'Allow it in a policy of the role; the audit record tells the exact reason under this request’s id.',
  },
  'iam-session-role-gone': {
    status: 403,
    wire: 'InvalidClientTokenId',
    sentence: 'The role of this session does not exist any more.',
    remedy: 'Assume a role that exists.',
  },
  'iam-throttled': {
    status: 400,
    wire: 'Throttling',
    sentence: 'Rate exceeded: too many calls {whose}.',
    remedy: 'Wait a moment and try again, as the AWS SDKs do.',
  },
  'iam-unavailable': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The IAM cannot reach its records at the moment.',
    remedy: 'Try again; if it goes on, the platform’s operator finds the cause in its log.',
  },
  'iam-marker-invalid': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'Invalid Marker.',
    remedy: 'Send the Marker of the page before with the same parameters beside it, or none to begin anew.',
  },
  'iam-arn-malformed': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'ARN {arn} is not valid.',
    remedy: 'Write it as {form}, with the 12 digits of the account.',
  },
  'iam-role-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'The role with name {name} cannot be found.',
    remedy: 'Check the name, and that the role is this account’s.',
  },
  'iam-role-exists': {
    status: 409,
    wire: 'EntityAlreadyExists',
    sentence: 'Role with name {name} already exists.',
    remedy: 'Choose another name; names that differ only in case are one name.',
  },
  'iam-role-has-attached': {
    status: 409,
    wire: 'DeleteConflict',
    sentence: 'Cannot delete entity, must detach all policies first.',
    remedy: 'Detach what ListAttachedRolePolicies lists.',
  },
  'iam-role-has-inline': {
    status: 409,
    wire: 'DeleteConflict',
    sentence: 'Cannot delete entity, must delete policies first.',
    remedy: 'Delete what ListRolePolicies lists.',
  },
  'iam-boundary-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'Scope ARN: {arn} does not exist or is not attachable.',
    remedy: 'Name a managed policy of this account by its ARN.',
  },
  'iam-inline-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'The role policy with name {name} cannot be found.',
    remedy: 'ListRolePolicies tells the names.',
  },
  'iam-inline-too-large': {
    status: 409,
    wire: 'LimitExceeded',
    sentence: 'Maximum policy size of {limit} bytes exceeded for role {name}.',
    remedy: 'All inline policies of a role count together; a managed policy has room of its own.',
  },
  'iam-policy-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'Policy {arn} was not found.',
    remedy: 'Check the ARN with its path; policies of other accounts, AWS’s own included, are not kept here.',
  },
  'iam-policy-not-attachable': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'Policy {arn} does not exist or is not attachable.',
    remedy: 'Name a managed policy of this account by its ARN; AWS’s own are not kept here.',
  },
  'iam-policy-not-attached': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'Policy {arn} was not found among those attached to {name}.',
    remedy: 'ListAttachedRolePolicies tells which are.',
  },
  'iam-policy-exists': {
    status: 409,
    wire: 'EntityAlreadyExists',
    sentence: 'A policy called {name} already exists. Duplicate names are not allowed.',
    remedy: 'Choose another name; names that differ only in case are one name.',
  },
  'iam-policy-path-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'A policy cannot have the path ‘{path}’.',
    remedy:
      'Use / or a path such as /apps/web/: it begins and ends with /, between which stand letters, digits and the signs + = , . @ _ -.',
  },
  'iam-policy-attached': {
    status: 409,
    wire: 'DeleteConflict',
    sentence: 'Cannot delete a policy attached to entities.',
    remedy: 'Detach it first, and take it away where it is a permissions boundary; ListEntitiesForPolicy tells where.',
  },
  'iam-policy-has-versions': {
    status: 409,
    wire: 'DeleteConflict',
    sentence:
      'This policy has more than one version. Before you delete a policy, you must delete the policy’s versions. The default version is deleted with the policy.',
    remedy: 'Delete what ListPolicyVersions lists beside the default one.',
  },
  'iam-quota-exceeded': {
    status: 409,
    wire: 'LimitExceeded',
    sentence: 'Cannot exceed quota for {quota}: {limit}.',
    remedy:
      'Delete or detach what is not needed, or shorten the document; the platform’s operator can raise most quotas.',
  },
  'iam-version-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'Policy {arn} version {version} does not exist or is not attachable.',
    remedy: 'ListPolicyVersions tells which there are.',
  },
  'iam-version-default': {
    status: 409,
    wire: 'DeleteConflict',
    sentence: 'Cannot delete the default version of a policy.',
    remedy: 'Make another version the default one first.',
  },
  'iam-versions-limit': {
    status: 409,
    wire: 'LimitExceeded',
    sentence:
      'A managed policy can have up to {limit} versions. Before you create a new version, you must delete an existing version.',
    remedy: 'Delete a version that is not the default one.',
  },
  'iam-tags-repeated': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    remedy: 'Send each key once.',
  },
  'iam-tag-reserved': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'The tag key {key} cannot be used: keys that begin with aws: are reserved.',
    remedy: 'Name it otherwise.',
  },
  'iam-tags-limit': {
    status: 409,
    wire: 'LimitExceeded',
    sentence: 'The number of tags has reached the maximum limit of {limit}.',
    remedy: 'Take away tags that nothing asks about.',
  },
  'iam-provider-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'OpenIDConnect Provider not found for arn {arn}.',
    remedy: 'ListOpenIDConnectProviders tells which there are.',
  },
  'iam-provider-exists': {
    status: 409,
    wire: 'EntityAlreadyExists',
    sentence: 'Provider with url {url} already exists.',
    remedy: 'Change the one that is there; audiences are its client ids.',
  },
  'iam-provider-of-cluster': {
    status: 400,
    wire: 'UnmodifiableEntity',
    sentence: 'The provider {arn} stands for clusters that were registered otherwise, and cannot be changed here.',
    remedy: 'Change it where clusters are registered: /v2/oidc/issuer.',
  },
  'iam-provider-unusable': {
    status: 400,
    wire: 'OpenIdIdpCommunicationError',
    sentence: 'The OpenID Connect provider {url} cannot be used: {problem}',
    remedy:
      'Correct what it publishes, or give thumbprints to register it as it is: then it is not asked until a token comes.',
  },
  'iam-thumbprint-unfit': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'A thumbprint is not valid: it is not made of hexadecimal digits.',
    remedy: 'Give the SHA-1 of a certificate in 40 hexadecimal digits.',
  },
});
