// The flags of Amazon's amazon-eks-pod-identity-webhook, as rows of data: what each becomes here. The command line is
// read by them, and docs/coming-from-amazon.md shows them.
import type { WebhookSettingName } from '../webhook/settings.ts';
import { readBoolean, readInteger, readMilliseconds } from './go-values.ts';

/** How Go reads a value: what our settings then read, or undefined where there is no such value. */
interface Kind {
  readonly read: (text: string) => string | undefined;
  /** The end of the sentence "--NAME is 'x', which …". */
  readonly problem: string;
}

const kinds = {
  switch: { read: readBoolean, problem: 'is neither true nor false' },
  text: { read: (text) => text, problem: 'is no text' },
  integer: { read: readInteger, problem: 'is no whole number' },
  duration: { read: readMilliseconds, problem: 'is no duration such as 100ms or 1m30s' },
} satisfies Readonly<Record<string, Kind>>;

/** What a flag does here. */
type Effect =
  /** It is this setting. */
  | { readonly setting: WebhookSettingName; readonly converted?: (value: string) => string }
  /** It changes the default of this setting. */
  | { readonly defaultOf: WebhookSettingName; readonly converted: (value: string) => string }
  /** It says nothing without this setting, and nothing beside it. */
  | { readonly needs: WebhookSettingName }
  | 'version'
  | 'none';

export interface AmazonFlag {
  readonly name: string;
  readonly kind: keyof typeof kinds;
  /** Amazon's default; empty for none. */
  readonly fallback: string;
  readonly effect: Effect;
  /** Markdown. */
  readonly note: string;
}

/** A flag that is the setting of its own name. */
function same(name: WebhookSettingName, kind: AmazonFlag['kind'], fallback: string, note = ''): AmazonFlag {
  return { name, kind, fallback, effect: { setting: name }, note };
}

/** No API server waits for a webhook that long. */
const longestLookupMs = 60_000;

/** https://github.com/aws/amazon-eks-pod-identity-webhook, main.go. */
export const amazonFlags: readonly AmazonFlag[] = [
  same('port', 'integer', '443', 'needs one more line of the Deployment, see above'),
  same('metrics-port', 'integer', '9999'),
  same('kubeconfig', 'text', '', 'without it, and in a pod, the API server is found as pods find it'),
  {
    name: 'kube-api',
    kind: 'text',
    fallback: '',
    effect: { setting: 'api-server' },
    note: 'the credentials stay those of the kubeconfig, or of the pod; over `http://` none are shown',
  },
  same('tls-key', 'text', '/etc/webhook/certs/tls.key', 'read again when it changes'),
  same('tls-cert', 'text', '/etc/webhook/certs/tls.crt', 'read again when it changes'),
  {
    name: 'in-cluster',
    kind: 'switch',
    fallback: 'true',
    effect: { defaultOf: 'tls', converted: (value) => (value === 'true' ? 'self' : 'files') },
    note: '`false` is `--tls files`; `true` is `--tls self`, where no signer of the cluster is asked, see above',
  },
  same('service-name', 'text', 'pod-identity-webhook', 'also the name of the webhook configuration'),
  same('namespace', 'text', 'eks'),
  same('tls-secret', 'text', 'pod-identity-webhook'),
  same('annotation-prefix', 'text', 'eks.amazonaws.com'),
  same('token-audience', 'text', 'sts.amazonaws.com'),
  same('token-mount-path', 'text', '/var/run/secrets/eks.amazonaws.com/serviceaccount'),
  {
    name: 'token-expiration',
    kind: 'integer',
    fallback: '86400',
    effect: { setting: 'token-expiration', converted: (value) => (value.startsWith('-') ? '0' : value) },
    note: 'below 600 counts as 600 in both',
  },
  {
    name: 'aws-default-region',
    kind: 'text',
    fallback: '',
    effect: { setting: 'region' },
    note: '',
  },
  same('sts-regional-endpoint', 'switch', 'false'),
  same('watch-config-map', 'switch', 'false', 'a namespace in it may be a pattern such as `test-*`'),
  {
    name: 'compose-role-arn',
    kind: 'switch',
    fallback: 'false',
    effect: { needs: 'role-account' },
    note: 'Amazon’s asks the instance metadata for the account and the partition; here `--role-account` is needed, and `--role-partition` where it is not `aws`',
  },
  same('watch-container-credentials-config', 'text', ''),
  same('container-credentials-audience', 'text', 'pods.eks.amazonaws.com'),
  same('container-credentials-token-mount-path', 'text', '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount'),
  same('container-credentials-token-volume-name', 'text', 'eks-pod-identity-token'),
  same('container-credentials-token-path', 'text', 'eks-pod-identity-token'),
  same('container-credentials-full-uri', 'text', 'http://169.254.170.23/v1/credentials'),
  {
    name: 'service-account-lookup-grace-period',
    kind: 'duration',
    fallback: '100ms',
    effect: {
      setting: 'lookup-milliseconds',
      converted: (value) => String(Math.min(Number(value), longestLookupMs)),
    },
    note: 'Amazon’s waits so long for its cache; here the API server is asked at once, and this bounds the wait for its answer. 0, or not given: as long as the API server waits for ours',
  },
  {
    name: 'version',
    kind: 'switch',
    fallback: 'false',
    effect: 'version',
    note: 'prints Podiam’s',
  },
  {
    name: 'enable-debugging-handlers',
    kind: 'switch',
    fallback: 'false',
    effect: 'none',
    note: 'no page shows the cache to whoever asks; `/metrics` has its size and age, and each decision is a line of the log',
  },
];

const byName = new Map(amazonFlags.map((row) => [row.name, row]));

export function amazonFlag(name: string): AmazonFlag | undefined {
  return byName.get(name);
}

/** What our settings read, or the end of a sentence that says what is wrong. */
export function readValue(
  { kind }: AmazonFlag,
  text: string,
): { readonly value: string } | { readonly problem: string } {
  const { problem, read } = kinds[kind];
  const value = read(text);
  return value === undefined ? { problem } : { value };
}

/** What Amazon's webhook does unless told otherwise, where that is not what ours does under its profile. */
export const amazonDefaults: Readonly<Record<string, string | readonly string[]>> = {
  profile: ['aws'],
  // All addresses of both families, as Go listens.
  host: '::',
  ...Object.fromEntries(
    ['port', 'metrics-port', 'tls-key', 'tls-cert', 'service-name', 'namespace', 'tls-secret'].map((name) => [
      name,
      byName.get(name)?.fallback ?? '',
    ]),
  ),
};
