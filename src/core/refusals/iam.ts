// Refusals of what is put into the registry: issuers, roles, accounts.
import { rows } from './row.ts';

export const iamRows = rows({
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
  'role-name-unfit': {
    status: 400,
    wire: 'ValidationError',
    sentence: 'A role cannot be named ‘{name}’.',
    remedy: 'Use 1 to 64 letters, digits and the signs + = , . @ _ -.',
  },
});
