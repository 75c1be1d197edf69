// The settings of `podiam platform`: where its records are, what its secrets stand under, how it is reached, what it takes.
import { defaultQuotas } from '../../core/registry/index.ts';
import { oneOf, text, texts, toggle, type ValuesOf, wholeNumber } from '../../core/settings/index.ts';

const file = (summary: string) => text({ summary, placeholder: 'FILE', fallback: undefined });
const number = (summary: string, range: { least: number; most: number; fallback: number }) =>
  wholeNumber({ summary, placeholder: 'N', ...range });
const port = (summary: string, fallback: number) => number(summary, { least: 0, most: 65_535, fallback });

/** Where the records are: what every command of the platform has to know. */
export const storageSettings = {
  data: text({
    summary: 'the platform’s folder: the registry, where it is SQLite, its key-encryption key, the operator’s socket',
    placeholder: 'FOLDER',
    fallback: '.podiam',
  }),
  database: text({
    summary:
      'PostgreSQL instead of SQLite, for several replicas, such as postgres://podiam@db:5432/podiam?sslmode=verify-full',
    placeholder: 'URL',
    fallback: undefined,
    isSecret: true,
  }),
  'database-file': file('the file with that URL, where it holds a password'),
  'key-encryption-key': texts({
    summary:
      'what the registry’s secrets are encrypted under, as file:PATH, env:NAME or command:PROGRAM; repeated, the first is the current one and the others open what is older; without it, a file in the data folder that is made with the registry',
    placeholder: 'SOURCE',
  }),
  'log-level': oneOf({
    summary: 'what is logged on standard error, one JSON object a line',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    fallback: 'info',
  }),
};

const serving = {
  host: text({ summary: 'the address that is listened on', placeholder: 'ADDRESS', fallback: '127.0.0.1' }),
  port: port('the port of STS, IAM and /v2', 8480),
  'gateway-port': port('the port of the gateway, where there is one', 8481),
  'metrics-port': port('the port of /metrics and probes, over HTTP', 9480),
  'tls-cert': file('the certificate with what is between it and the root (PEM); read again when it changes'),
  'tls-key': file('its key (PEM)'),
  'trusted-proxies': text({
    summary:
      'the load balancers in front, as addresses or networks such as 10.0.0.0/24 with commas between them: what they tell of where a request comes from is believed, for the audit record, rates and aws:SourceIp alike',
    placeholder: 'CIDR,…',
    fallback: undefined,
  }),
  'forwarded-header': oneOf({
    summary: 'the header in which they tell it',
    choices: ['x-forwarded-for', 'forwarded'],
    fallback: 'x-forwarded-for',
  }),
  'forwarded-proto': toggle({
    summary:
      'whether their X-Forwarded-Proto is believed beside X-Forwarded-For, for aws:SecureTransport: only where they overwrite what a client wrote into it',
  }),
  'public-url': text({
    summary: 'where clients reach the port, without a last slash; it stands in published documents',
    placeholder: 'URL',
    fallback: undefined,
  }),
  'drain-seconds': number('how long it serves on after it was asked to end', { least: 0, most: 300, fallback: 10 }),
};

const issuing = {
  audience: text({
    summary: 'the audience of issuers that are registered over /v2 without one',
    placeholder: 'NAME',
    fallback: 'podiam',
  }),
  'vke-issuer-url': text({
    summary:
      'the iss of the platform’s own clusters, for registrations with the source vke; {source_id} and {account} may stand in it',
    placeholder: 'URL',
    fallback: undefined,
  }),
  'vke-jwks-url': text({
    summary: 'where the keys of one of them are, with {source_id}, and {account} where it needs that',
    placeholder: 'URL',
    fallback: undefined,
  }),
  'allow-private-issuers': toggle({
    summary:
      'whether keys may be fetched from, and clusters asked about their tokens at, addresses that are not public',
  }),
  'issuer-ca': file(
    'who else signs the certificates of hosts that keys are fetched from, and of API servers that are asked about tokens (PEM)',
  ),
  'fetch-milliseconds': number('how long fetching keys may take', { least: 100, most: 60_000, fallback: 5000 }),
  'token-review-milliseconds': number(
    'how long a cluster may take to say whether it stands behind a token; an exchange waits for it',
    { least: 100, most: 30_000, fallback: 3000 },
  ),
  'revocation-max-staleness': number(
    'seconds without news of revocations after which sessions are refused rather than guessed about',
    { least: 1, most: 86_400, fallback: 300 },
  ),
  'account-rate': number('exchanges a second of one account', { least: 1, most: 1_000_000, fallback: 500 }),
  'issuer-rate': number('exchanges a second of one issuer', { least: 1, most: 1_000_000, fallback: 500 }),
  'iam-rate': number('calls of the IAM API, and as many of /v2, a second of one account', {
    least: 1,
    most: 1_000_000,
    fallback: 200,
  }),
  'unproven-rate': number('calls a second from one address that prove nothing', {
    least: 1,
    most: 1_000_000,
    fallback: 2000,
  }),
};

/** AWS raises these on request; the others are the same for everyone. */
const quotas = {
  'roles-per-account': number('roles that an account may keep', {
    least: 1,
    most: 1_000_000,
    fallback: defaultQuotas.RolesPerAccount,
  }),
  'policies-per-account': number('managed policies that an account may keep', {
    least: 1,
    most: 1_000_000,
    fallback: defaultQuotas.PoliciesPerAccount,
  }),
  'providers-per-account': number('issuers that an account may register, by their URLs', {
    least: 1,
    most: 1_000_000,
    fallback: defaultQuotas.OpenIDConnectProvidersPerAccount,
  }),
  'policies-per-role': number('managed policies that may be attached to one role', {
    least: 1,
    most: 100,
    fallback: defaultQuotas.PoliciesPerRole,
  }),
  'trust-policy-size': number('characters of a role’s trust policy, white space not counted; AWS has 2048', {
    least: 1024,
    most: 20_480,
    fallback: defaultQuotas.ACLSizePerRole,
  }),
};

const keeping = {
  'audit-log': text({
    summary:
      'a file that takes the audit record as JSON lines, too; - for standard output. What cannot be written there is not issued',
    placeholder: 'FILE',
    fallback: undefined,
  }),
  'audit-days': number('how long the audit record is kept', { least: 1, most: 36_500, fallback: 400 }),
  'session-days': number('how long sessions stay on record after their end', { least: 1, most: 36_500, fallback: 90 }),
  'database-connections': number('connections to PostgreSQL', { least: 1, most: 1000, fallback: 10 }),
};

const gateway = {
  routes: file('the API’s routes, for the gateway in front of it; without it there is no gateway'),
  upstream: text({
    summary: 'the API behind the gateway, as http:// or https:// with host and port',
    placeholder: 'URL',
    fallback: undefined,
  }),
};

export const platformSettings = { ...storageSettings, ...serving, ...issuing, ...quotas, ...keeping, ...gateway };
export type PlatformValues = ValuesOf<typeof platformSettings>;
export type StorageValues = ValuesOf<typeof storageSettings>;

/** How a command reaches a platform that runs elsewhere. */
export const operatorSettings = {
  ...storageSettings,
  url: text({
    summary:
      'a running platform’s address; without it the socket in its data folder, or the registry itself while nothing runs',
    placeholder: 'URL',
    fallback: undefined,
  }),
  'operator-key': text({
    summary: 'an operator key, for --url; better in the environment than on the command line',
    placeholder: 'KEY',
    fallback: undefined,
    isSecret: true,
  }),
  ca: file('who signs the platform’s certificate (PEM), where that is not publicly known'),
  output: oneOf({ summary: 'how the result is printed', choices: ['text', 'json'], fallback: 'text' }),
};
export type OperatorValues = ValuesOf<typeof operatorSettings>;
