// What the API server would not take, said before anything is applied.
import { readNetwork } from '../../core/addresses/index.ts';
import { systemNamespace } from '../../core/admission-policy/index.ts';
import { settingsOfContainerCredentials } from '../../core/injection/index.ts';
import { type Refusal, refuse } from '../../core/refusals/index.ts';
import { certificatesIn } from './ca-bundle.ts';
import { isNodeLabel, isToleration } from './scheduling.ts';
import { type InstallValues, installSettings } from './settings.ts';

type Values = InstallValues;

interface Rule {
  readonly setting: keyof typeof installSettings;
  readonly valuesOf: (values: Values) => readonly (string | undefined)[];
  readonly holds: (value: string) => boolean;
  readonly expected: string;
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const isObjectName = (value: string) => subdomain.test(value) && !/\.[.-]|-\./.test(value);

/** Room is left in the Service's name for the endings of what is named after it. */
const rules: readonly Rule[] = [
  {
    setting: 'image',
    valuesOf: ({ image }) => [image],
    holds: (value) => /^[a-zA-Z0-9][\w.:/@[\]-]{0,1023}$/.test(value),
    expected: 'the reference of an image',
  },
  {
    setting: 'namespace',
    valuesOf: ({ namespace }) => [namespace],
    holds: (value) => label.test(value),
    expected: 'a DNS label',
  },
  {
    setting: 'service-name',
    valuesOf: (values) => [values['service-name']],
    holds: (value) => /^[a-z](?:[a-z0-9-]{0,53}[a-z0-9])?$/.test(value),
    expected: 'a DNS label of at most 55 characters that begins with a letter',
  },
  {
    setting: 'tls-secret',
    valuesOf: (values) => [values['tls-secret']],
    holds: isObjectName,
    expected: 'the name of a Secret',
  },
  {
    setting: 'client-ca-config-map',
    valuesOf: (values) => [values['client-ca-config-map']],
    holds: isObjectName,
    expected: 'the name of a ConfigMap',
  },
  {
    setting: 'container-credentials-config-map',
    valuesOf: (values) => [values['container-credentials-config-map']],
    holds: isObjectName,
    expected: 'the name of a ConfigMap',
  },
  {
    setting: 'node-selector',
    valuesOf: (values) => values['node-selector'],
    holds: isNodeLabel,
    expected: 'a label, KEY=VALUE',
  },
  {
    setting: 'toleration',
    valuesOf: ({ toleration }) => toleration,
    holds: isToleration,
    expected: 'KEY[=VALUE][:EFFECT] as kubectl taint has it',
  },
  {
    setting: 'image-pull-secret',
    valuesOf: (values) => values['image-pull-secret'],
    holds: isObjectName,
    expected: 'the name of a Secret',
  },
  {
    setting: 'priority-class',
    valuesOf: (values) => [values['priority-class']],
    holds: isObjectName,
    expected: 'the name of a PriorityClass',
  },
  {
    setting: 'env',
    valuesOf: ({ env }) => env,
    holds: (value) => /^[A-Za-z_][A-Za-z0-9_.-]*=/.test(value),
    expected: 'NAME=VALUE',
  },
  {
    setting: 'api-server-cidr',
    valuesOf: (values) => values['api-server-cidr'],
    holds: (value) => value.includes('/') && readNetwork(value) !== undefined,
    expected: 'a range of addresses, such as 10.0.0.0/8',
  },
];

function unfit(setting: keyof typeof installSettings, value: string, expected: string): Refusal {
  return refuse('setting-unfit', { setting, value, expected, summary: installSettings[setting].summary });
}

function unfitValue(values: Values): Refusal | undefined {
  for (const { setting, valuesOf, holds, expected } of rules) {
    const value = valuesOf(values).find((value) => value !== undefined && !holds(value));
    if (value !== undefined) return unfit(setting, value, expected);
  }
  return undefined;
}

/** Theirs are the cluster's own secrets and everyone's experiments. */
const sharedNamespaces = new Set(['default', 'kube-public', 'kube-node-lease', 'kube-system']);

/** Whoever may write into the webhook's namespace decides what every pod is given, and labels and deletion hit all in it. */
function sharedNamespace(values: Values): Refusal | undefined {
  const { namespace } = values;
  if (!sharedNamespaces.has(namespace)) return undefined;
  const isMeant = namespace === systemNamespace && values['allow-kube-system'];
  if (isMeant && values['create-namespace'] !== true) return undefined;
  const remedy = isMeant
    ? 'Leave create-namespace out: it is there, and deleting it would delete all that is in it.'
    : 'Install into a namespace of its own, such as podiam-system; for kube-system alone, allow-kube-system says that you mean it.';
  return refuse('setting-namespace-shared', { namespace, remedy });
}

/** Settings that look as if they did something, and would not. */
function withoutUse(values: Values): Refusal | undefined {
  const rows = [
    {
      given: values['allow-kube-system'],
      setting: 'allow-kube-system',
      met: values.namespace === systemNamespace,
      other: 'namespace kube-system',
    },
    {
      given: values.caBundle !== undefined,
      setting: 'ca-bundle-file',
      met: values.tls === 'files' || values.tls === 'secret',
      other: 'tls secret or tls files',
    },
    {
      given: values['api-server-cidr'].length > 0,
      setting: 'api-server-cidr',
      met: values['network-policy'],
      other: 'network-policy',
    },
    ...Object.entries(settingsOfContainerCredentials).map(([setting, { fallback }]) => ({
      given: new Map<string, unknown>(Object.entries(values)).get(setting) !== fallback,
      setting,
      met: values['container-credentials-config-map'] !== undefined,
      other: 'container-credentials-config-map',
    })),
  ];
  const row = rows.find(({ given, met }) => given && !met);
  return row && refuse('setting-without-use', { setting: row.setting, other: row.other });
}

function unfitBundle({ caBundle }: Values): Refusal | undefined {
  if (caBundle === undefined || certificatesIn(caBundle) !== undefined) return undefined;
  return refuse('setting-ca-bundle-unfit', {});
}

/**
 * The first fault of an installation's values, if any.
 * @returns `setting-required`, `setting-unfit`, `setting-namespace-shared`, `setting-without-use` or
 *   `setting-ca-bundle-unfit`
 */
export function faultOf(values: Values): Refusal | undefined {
  if (values.image === undefined) {
    return refuse('setting-required', { setting: 'image', summary: installSettings.image.summary });
  }
  if (values.port === values['metrics-port']) {
    return unfit('metrics-port', String(values.port), 'another port than the webhook’s own');
  }
  return unfitValue(values) ?? sharedNamespace(values) ?? withoutUse(values) ?? unfitBundle(values);
}
