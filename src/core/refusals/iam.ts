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
});
