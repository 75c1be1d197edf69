// What the webhook does and a policy cannot: for whoever asks for it by a setting, and for the documentation.

export interface Limit {
  readonly name: string;
  /** What is not done, for the page that compares. */
  readonly what: string;
  readonly why: string;
  /** By which someone asks for it. */
  readonly settings: readonly AskingSetting[];
}

export type AskingSetting =
  | 'watch-config-map'
  | 'watch-container-credentials-config'
  | 'container-credentials-config-map'
  | 'on-failure';

export const policyLimits: readonly Limit[] = [
  {
    name: 'central-mapping',
    what: 'roles from the central mapping, the ConfigMap `pod-identity-webhook`',
    why: 'an expression sees one parameter, which is the service account, and no ConfigMap beside it',
    settings: ['watch-config-map'],
  },
  {
    name: 'container-credentials',
    what: 'container credentials (EKS Pod Identity), the list of identities in a file',
    why: 'an API server reads no file of ours, and expressions know no randomness that would spread expirations',
    settings: ['watch-container-credentials-config', 'container-credentials-config-map'],
  },
  {
    name: 'failed-look-ups',
    what: 'a pod about which something could not be looked up: told of, or kept out (`on-failure`)',
    why: 'a policy looks nothing up; failure-policy Fail keeps out a pod for which an expression fails',
    settings: ['on-failure'],
  },
  {
    name: 'live-read',
    what: 'a service account that was made the moment before its pod: read live when the cache does not have it',
    why: 'an expression sees what the API server’s own cache has, and cannot read beyond it',
    settings: [],
  },
  {
    name: 'observability',
    what: 'metrics by profile and outcome, log lines, events on service accounts',
    why: 'expressions have no effects; there are the API server’s metrics of policies, and its audit log',
    settings: [],
  },
  {
    name: 'old-faults',
    what: 'under `on-refusal deny`, the warning about a service account’s fault that an update neither brings nor mends',
    why: 'all validations of a policy have the same consequence',
    settings: [],
  },
  {
    name: 'own-objects',
    what: 'manifests in files: `podiam inject` says what would become of them',
    why: 'only an API server evaluates a policy; kubectl apply --dry-run=server shows it',
    settings: [],
  },
];
