// Where the serving certificate comes from: kept by the replicas together in a Secret, or read from a Secret or files
// that others renew.
import {
  certificateDefaults,
  type SecretData,
  type ServerNames,
  secretKeys,
  servingSecret,
} from '../../core/certificates/index.ts';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import {
  type CertificateKeeper,
  type CertificatePorts,
  type KeeperPorts,
  keepCertificates,
  keepPair,
  type PairText,
} from '../../features/certificates/index.ts';
import { readText } from '../../io/files/index.ts';
import {
  type JsonObject,
  type KubernetesClient,
  resourcePath,
  StatusError,
  watchOne,
} from '../../io/kubernetes/index.ts';
import { type WebhookValues, webhookSettings } from './settings.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function versionOf({ metadata }: JsonObject): string {
  const version = isObject(metadata) ? metadata['resourceVersion'] : undefined;
  return typeof version === 'string' ? version : '';
}

/** What an answer of the API server means for whoever keeps something there; all else is tried again. */
function outcomeOf(error: unknown): 'missing' | 'forbidden' | 'conflict' {
  if (error instanceof StatusError) {
    if (error.code === 404) return 'missing';
    if (error.code === 403) return 'forbidden';
    if (error.code === 409) return 'conflict';
  }
  throw error;
}

async function reading<Value>(read: () => Promise<Value>): Promise<Value | 'missing' | 'forbidden'> {
  try {
    return await read();
  } catch (error) {
    const outcome = outcomeOf(error);
    if (outcome === 'conflict') throw error;
    return outcome;
  }
}

async function writing(write: () => Promise<unknown>): Promise<'written' | 'conflict' | 'forbidden'> {
  try {
    await write();
    return 'written';
  } catch (error) {
    const outcome = outcomeOf(error);
    return outcome === 'missing' ? 'conflict' : outcome;
  }
}

const dataOf = (secret: JsonObject | undefined): JsonObject => (isObject(secret?.['data']) ? secret['data'] : {});

/** Of our keys alone: what others keep beside them need not be text. */
function decoded(secret: JsonObject): SecretData {
  const data = dataOf(secret);
  const ours = Object.values(secretKeys).filter((key) => typeof data[key] === 'string');
  return Object.fromEntries(ours.map((key) => [key, Buffer.from(String(data[key]), 'base64').toString('utf8')]));
}

const encoded = (data: SecretData) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

interface Places {
  readonly secret: { readonly collection: string; readonly path: string; readonly name: string };
  readonly configuration: { readonly collection: string; readonly path: string; readonly name: string };
}

function placesOf(values: WebhookValues): Places {
  const { namespace } = values;
  const name = values['service-name'];
  const secrets = { version: 'v1', resource: 'secrets', namespace };
  const configurations = {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    resource: 'mutatingwebhookconfigurations',
  };
  const secretName = servingSecret(values);
  return {
    secret: {
      collection: resourcePath(secrets),
      path: resourcePath({ ...secrets, name: secretName }),
      name: secretName,
    },
    configuration: {
      collection: resourcePath(configurations),
      path: resourcePath({ ...configurations, name }),
      name,
    },
  };
}

const webhooksOf = ({ webhooks }: JsonObject): readonly JsonObject[] =>
  Array.isArray(webhooks) ? webhooks.filter(isObject) : [];

const clientConfigOf = ({ clientConfig }: JsonObject): JsonObject => (isObject(clientConfig) ? clientConfig : {});

function caBundleOf(webhook: JsonObject): string {
  const { caBundle } = clientConfigOf(webhook);
  return typeof caBundle === 'string' ? Buffer.from(caBundle, 'base64').toString('utf8') : '';
}

/** A watch that may not be had is no reason to stop: what changes is seen at the next look, and the operator is told why. */
function follow(
  client: KubernetesClient,
  { collection, name }: { readonly collection: string; readonly name: string },
  log: KeeperPorts['log'],
): (changed: () => void) => () => void {
  const onTrouble = (error: unknown) => {
    const problem = error instanceof Error ? error.message : 'unknown';
    log.warn(`the watch of ${name} is taken up again`, { path: collection, error: problem });
  };
  return (changed) => watchOne({ client, collection, name, changed, onTrouble });
}

type ClusterPorts = Omit<CertificatePorts, keyof KeeperPorts | 'elapsed' | 'random'>;

/** The ports of the keeper over the API server. Writes carry the version that was read, so that a race shows as a conflict. */
function clusterPorts(
  client: KubernetesClient,
  { secret, configuration }: Places,
  log: KeeperPorts['log'],
): ClusterPorts {
  let lastSecret: JsonObject | undefined;
  let lastConfiguration: JsonObject | undefined;
  return {
    readSecret: () =>
      reading(async () => {
        lastSecret = await client.get(secret.path);
        return { data: decoded(lastSecret), resourceVersion: versionOf(lastSecret) };
      }),
    writeSecret: (data, resourceVersion) =>
      writing(() => {
        const others = isObject(lastSecret?.['metadata']) ? lastSecret['metadata'] : {};
        const metadata = { ...others, name: secret.name, resourceVersion };
        // A Secret's type may not change, and one that stood here before may be of the type kubernetes.io/tls.
        const type = resourceVersion === undefined ? 'Opaque' : (lastSecret?.['type'] ?? 'Opaque');
        const object = { apiVersion: 'v1', kind: 'Secret', type };
        return resourceVersion === undefined
          ? client.create(secret.collection, { ...object, metadata: { name: secret.name }, data: encoded(data) })
          : client.update(secret.path, { ...object, metadata, data: { ...dataOf(lastSecret), ...encoded(data) } });
      }),
    readConfiguration: () =>
      reading(async () => {
        lastConfiguration = await client.get(configuration.path);
        const caBundles = webhooksOf(lastConfiguration).map(caBundleOf);
        return { caBundles, resourceVersion: versionOf(lastConfiguration) };
      }),
    writeCaBundle: (caBundle, resourceVersion) =>
      writing(() => {
        const base64 = Buffer.from(caBundle).toString('base64');
        const last = lastConfiguration ?? {};
        const webhooks = webhooksOf(last).map((hook) => ({
          ...hook,
          clientConfig: { ...clientConfigOf(hook), caBundle: base64 },
        }));
        const metadata = { ...(isObject(last['metadata']) ? last['metadata'] : {}), resourceVersion };
        return client.update(configuration.path, { ...last, metadata, webhooks });
      }),
    mayWriteCaBundle: async () => {
      const query = { dryRun: 'All' };
      const outcome = await writing(() => client.update(configuration.path, lastConfiguration ?? {}, { query }));
      return outcome !== 'forbidden';
    },
    onSecretChanged: follow(client, secret, log),
    onConfigurationChanged: follow(client, configuration, log),
  };
}

/** What API servers call the Service by, and this machine for a look by hand. */
function namesOf(values: WebhookValues): ServerNames {
  const service = `${values['service-name']}.${values.namespace}`;
  return {
    commonName: values['service-name'].slice(0, 58),
    dnsNames: [`${service}.svc`, `${service}.svc.cluster.local`, service, 'localhost'],
    ipAddresses: ['127.0.0.1'],
  };
}

const forbiddenRetryMs = 60_000;
const filesEveryMs = 5_000;

interface ServingFiles {
  readonly cert: string;
  readonly key: string;
}

function needed(setting: 'tls-cert' | 'tls-key', value: string | undefined): string {
  if (value !== undefined) return value;
  throw new RefusedError(refuse('setting-required', { setting, summary: webhookSettings[setting].summary }));
}

/** The files under `--tls files`, else undefined. @throws RefusedError `setting-required` */
export function servingFiles(values: WebhookValues): ServingFiles | undefined {
  if (values.tls !== 'files') return undefined;
  return { cert: needed('tls-cert', values['tls-cert']), key: needed('tls-key', values['tls-key']) };
}

/** The pair in a Secret of the type kubernetes.io/tls, whoever keeps it. @throws RefusedError where there is none to be had */
async function readPairSecret(client: KubernetesClient, path: string, name: string): Promise<PairText> {
  const secret = await reading(() => client.get(path));
  if (secret === 'missing') throw new RefusedError(refuse('certificate-secret-missing', { name }));
  if (secret === 'forbidden') throw new RefusedError(refuse('certificate-secret-forbidden', { verb: 'read' }));
  const { 'tls.crt': certificate = '', 'tls.key': privateKey = '' } = decoded(secret);
  return { certificate, privateKey };
}

/** Changes are told by the watch; the time is for what it might miss. */
const secretEveryMs = 60_000;

function keepSecretPair(values: WebhookValues, client: KubernetesClient, ports: KeeperPorts): CertificateKeeper {
  const { secret } = placesOf(values);
  return keepPair(
    {
      ...ports,
      read: () => readPairSecret(client, secret.path, `${values.namespace}/${secret.name}`),
      onChanged: follow(client, secret, ports.log),
    },
    { where: `the Secret ${values.namespace}/${secret.name}`, every: secretEveryMs },
  );
}

/** Starts keeping; the first certificate comes by `ports.serve`. */
export function keepServed(
  values: WebhookValues,
  client: KubernetesClient,
  ports: KeeperPorts & Pick<CertificatePorts, 'elapsed' | 'random'>,
): CertificateKeeper {
  if (values.tls === 'secret') return keepSecretPair(values, client, ports);
  const files = servingFiles(values);
  if (files === undefined) {
    const settings = { ...certificateDefaults, names: namesOf(values), retry: forbiddenRetryMs };
    return keepCertificates({ ...ports, ...clusterPorts(client, placesOf(values), ports.log) }, settings);
  }
  const read = async () => ({ certificate: await readText(files.cert), privateKey: await readText(files.key) });
  return keepPair({ ...ports, read }, { where: `${files.cert}, ${files.key}`, every: filesEveryMs });
}
