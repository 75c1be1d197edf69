// Refusals of fetching what a registration names: discovery documents and key sets.
import { rows } from './row.ts';

const unavailable = { status: 400, wire: 'IDPCommunicationError' } as const;

export const documentRows = rows({
  'discovery-malformed': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'The discovery document of {issuer} cannot be read: {problem}.',
    remedy: 'Publish what the API server serves at /.well-known/openid-configuration.',
  },
  'discovery-of-other': {
    status: 400,
    wire: 'InvalidInput',
    sentence: 'The discovery document at {issuer} is that of {stated}.',
    remedy: 'Register the issuer exactly as the document writes it: scheme, case, port and last slash count.',
  },
  'issuer-keys-unavailable': {
    ...unavailable,
    sentence: 'The keys of the issuer {issuer} cannot be had for now.',
    remedy: 'Try again; whoever runs the cluster sees to it that its keys are published, or uploads them.',
  },
  'document-url-unfit': {
    status: 400,
    wire: 'InvalidInput',
    sentence: '{url} is not fetched: {problem}.',
    remedy: 'Give an address that begins with https://, without a name, a password or a fragment.',
  },
  'document-address-private': {
    ...unavailable,
    sentence: '{host} leads to an address outside the public Internet, which is not asked.',
    remedy:
      'Upload the key set instead, or let the operator allow private addresses where the issuer is in the platform’s own network.',
  },
  'document-unreachable': {
    ...unavailable,
    sentence: '{host} cannot be reached: {problem}.',
    remedy: 'See that its name resolves, its port is open and its certificate is valid; or upload the key set.',
  },
  'document-too-slow': {
    ...unavailable,
    sentence: '{host} did not answer in full within {milliseconds} ms.',
    remedy: 'Publish the documents where they are served at once, such as an object store; or upload the key set.',
  },
  'document-redirected': {
    ...unavailable,
    sentence: '{host} answers with a redirect, which is not followed.',
    remedy: 'Publish the documents at the very address that is registered.',
  },
  'document-status': {
    ...unavailable,
    sentence: '{host} answers with status {status}.',
    remedy: 'Publish the documents for everyone to read: anonymous requests must be answered with 200.',
  },
  'document-too-large': {
    ...unavailable,
    sentence: 'What {host} answers has more than {limit} bytes.',
    remedy: 'Publish only the discovery document and the keys that sign tokens now.',
  },
  'document-malformed': {
    ...unavailable,
    sentence: 'What {host} answers cannot be read: {problem}.',
    remedy: 'Publish plain JSON in UTF-8.',
  },
});
