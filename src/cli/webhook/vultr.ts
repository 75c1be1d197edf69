// The environment of Vultr's irsa-webhook, as rows of data: what each variable becomes here. A Deployment of theirs is
// known by it, and docs/coming-from-vultr.md shows it.
import type { CommandLine, Translation } from '../translation.ts';
import type { WebhookSettingName } from './settings.ts';

interface VultrVariable {
  readonly name: string;
  /** Vultr's default; empty for none. */
  readonly fallback: string;
  readonly setting: WebhookSettingName;
  /** Who sets it runs Vultr's webhook: in any case, where there are no arguments, or not necessarily at all. */
  readonly tells: 'always' | 'without arguments' | 'nothing';
  /** Markdown. */
  readonly note: string;
}

/** https://github.com/vultr/irsa-webhook, cmd/main.go. */
export const vultrVariables: readonly VultrVariable[] = [
  {
    name: 'TLS_CERT_PATH',
    fallback: '/etc/webhook/certs/tls.crt',
    setting: 'tls-cert',
    tells: 'always',
    note: 'read again when it changes',
  },
  {
    name: 'TLS_KEY_PATH',
    fallback: '/etc/webhook/certs/tls.key',
    setting: 'tls-key',
    tells: 'always',
    note: 'read again when it changes',
  },
  { name: 'STS_ENDPOINT', fallback: '', setting: 'sts-endpoint', tells: 'without arguments', note: 'the same default' },
  {
    name: 'TOKEN_EXPIRATION_SECONDS',
    fallback: '86400',
    setting: 'token-expiration',
    tells: 'without arguments',
    note: '',
  },
  { name: 'BIND_ADDR', fallback: '0.0.0.0', setting: 'host', tells: 'nothing', note: 'here `::`, IPv6 too' },
  { name: 'PORT', fallback: '8443', setting: 'port', tells: 'nothing', note: '' },
  {
    name: 'KUBECONFIG',
    fallback: '',
    setting: 'kubeconfig',
    tells: 'nothing',
    note: 'read where the process is not in a pod, in both',
  },
];

/** Whether the environment was written for Vultr's webhook, which takes no arguments. */
export function tellsOfVultr({ args, environment }: CommandLine): boolean {
  return vultrVariables.some(
    ({ name, tells }) =>
      environment[name] && (tells === 'always' || (tells === 'without arguments' && args.length === 0)),
  );
}

/** What Vultr's webhook does unless told otherwise, where that is not what ours does under its profile. */
const vultrDefaults = {
  profile: ['vultr'],
  tls: 'files',
  namespace: 'irsa-system',
  'service-name': 'irsa-webhook',
  ...Object.fromEntries(
    vultrVariables
      .filter(({ setting }) => setting.startsWith('tls-'))
      .map(({ fallback, setting }) => [setting, fallback]),
  ),
};

/** By setting. `KUBECONFIG` is read in any case, where it is needed. */
export const vultrVariableNames: Readonly<Record<string, string>> = Object.fromEntries(
  vultrVariables.filter(({ setting }) => setting !== 'kubeconfig').map(({ name, setting }) => [setting, name]),
);

export function standInForVultr(translation: Translation): Translation {
  return {
    ...translation,
    profile: { ...vultrDefaults, ...translation.profile },
    variables: vultrVariableNames,
    standsInFor: 'Vultr’s webhook',
  };
}
