// The platform's services over its records: what proves callers, the STS, the `/v2` API, and what a gateway needs. `podiam
// platform` serves them as configured, `podiam up` with defaults.
import { newAccessKey, newTimeOrderedUuid } from '../../core/credentials/index.ts';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import { type KeyEncryptionKeys, sealSecret, secretPurposes } from '../../core/registry/index.ts';
import { defaultKeyTimes } from '../../core/tokens/index.ts';
import type { HttpHandler, HttpRequest } from '../../core/wire/index.ts';
import {
  type AdministrationPorts,
  createAdministration,
  createPublishedDocuments,
  type OwnClusters,
} from '../../features/administration/index.ts';
import { createIamHandler, findRootCredentials, openAccount } from '../../features/iam/index.ts';
import { encryptAnew, prepareSealingKey } from '../../features/keys/index.ts';
import { createFindPolicies, followRevocations } from '../../features/sessions/index.ts';
import {
  createKeySource,
  createStsHandler,
  type FetchIssuerDocument,
  fetchKeys,
  type Rates,
} from '../../features/sts/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import { world } from '../up/world.ts';
import { version } from '../version.ts';
import { createBearerExchange } from './bearer.ts';
import { followKeyring } from './keyring.ts';

export interface ServiceOptions {
  readonly registry: Registry;
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  /** What must be on record before anything is given. */
  readonly recorder: Pick<Registry, 'issueSession' | 'appendAudit'>;
  readonly log: Log;
  readonly fetchDocument: FetchIssuerDocument;
  readonly maxStalenessMs: number;
  readonly rates?: Rates;
  readonly publicUrl: string;
  /** Of issuers that are registered over `/v2` without one. */
  readonly audience: string;
  readonly ownClusters?: OwnClusters | undefined;
}

type Shared = Awaited<ReturnType<typeof openAuthority>>;

export interface Services {
  /** STS, IAM and `/v2` as one listener has them. */
  readonly api: HttpHandler;
  /** The same operations of `/v2` for a listener that only the operator reaches. */
  readonly operator: HttpHandler;
  /** What a gateway needs beside routes, recorder and upstream. */
  readonly shared: Shared;
  /** Milliseconds since all revocations were known. */
  readonly staleness: () => number;
  readonly stop: () => void;
}

const teller =
  (log: Log) =>
  (level: 'info' | 'warn' | 'error', message: string, facts: Readonly<Record<string, unknown>>): void =>
    log[level](message, facts);

/** What proves callers, and what they may do. Resolves once every revocation is known. */
async function openAuthority({ registry, keyEncryptionKeys, log, maxStalenessMs }: ServiceOptions) {
  const tell = teller(log);
  const keyring = await followKeyring({ ...world, registry, keyEncryptionKeys }, log);
  try {
    const revocations = await followRevocations({ registry, maxStalenessMs, log: tell });
    return {
      ...world,
      keyring: keyring.current,
      findRevocation: revocations.findRevocation,
      findPolicies: createFindPolicies(registry),
      findRootKey: (accessKeyId: string) => findRootCredentials({ registry, keyEncryptionKeys }, accessKeyId),
      newRequestId: () => newTimeOrderedUuid(world.now(), world.randomBytes),
      log: tell,
      staleness: revocations.staleness,
      stop: () => {
        revocations.stop();
        keyring.stop();
      },
    };
  } catch (error) {
    keyring.stop();
    throw error;
  }
}

function createSts(shared: Shared, options: ServiceOptions, kind: 'given' | 'bearer') {
  const { recorder, registry, rates } = options;
  const issueSession: Registry['issueSession'] = (session, event) =>
    recorder.issueSession(kind === 'bearer' ? { ...session, kind } : session, event);
  return (keys: ReturnType<typeof createKeySource>): HttpHandler =>
    createStsHandler({
      ...shared,
      registry: {
        account: (id) => registry.account(id),
        findRoleByUuid: (uuid) => registry.findRoleByUuid(uuid),
        issueSession,
        appendAudit: recorder.appendAudit,
      },
      keys,
      ...(rates && { rates }),
    });
}

async function addRootKey({ registry, keyEncryptionKeys }: ServiceOptions, accountId: string) {
  const key = newAccessKey('AKIA', world.randomBytes);
  const purpose = secretPurposes.rootKey(accountId, key.accessKeyId);
  const secret = sealSecret(Buffer.from(key.secretAccessKey), keyEncryptionKeys, {
    purpose,
    nonce: world.randomBytes(12),
  });
  const added = await registry
    .account(accountId)
    .rootKeys.add({ accessKeyId: key.accessKeyId, secret, status: 'active', createdAt: world.now() });
  return added instanceof Refusal ? added : key;
}

/** What the operator does to keys and records, over the registry as it is. */
function operatorPorts(options: ServiceOptions) {
  const { registry, keyEncryptionKeys } = options;
  const ports = { ...world, registry, keyEncryptionKeys };
  return {
    openAccount: (name: string) => openAccount(ports, name),
    addRootKey: (accountId: string) => addRootKey(options, accountId),
    prepareSealingKey: () => prepareSealingKey(ports),
    renewSecrets: async () => {
      const renewed = await encryptAnew(ports);
      if (renewed instanceof Refusal) throw new RefusedError(renewed);
      return renewed;
    },
    backup: (file: string) => registry.backup(file),
  };
}

function administrationPorts(
  shared: Shared,
  options: ServiceOptions,
  parts: { readonly keys: ReturnType<typeof createKeySource>; readonly bearerSts: HttpHandler },
): AdministrationPorts {
  const { audience, fetchDocument, ownClusters, publicUrl, recorder, registry } = options;
  const { keyring, log, now, randomBytes } = shared;
  const isShared = ownClusters !== undefined && !ownClusters.issuer.includes('{');
  return {
    ...shared,
    registry: { ...registry, ...recorder },
    fetchKeys: (issuer) => fetchKeys(issuer, fetchDocument),
    exchange: createBearerExchange({ sts: parts.bearerSts, keyring, randomBytes }),
    ...operatorPorts(options),
    provider: { publicUrl, audience, ownClusters },
    published: isShared
      ? createPublishedDocuments({
          registry,
          keysOf: (issuer) => parts.keys.keysOf(issuer, undefined),
          issuer: ownClusters.issuer,
          publicUrl,
          now,
          log,
        })
      : undefined,
    version: version(),
  };
}

/** Where the Query protocol is spoken; the version in the form says which of its services is meant. */
const queryPaths = new Set([
  '/',
  '/sts',
  '/sts/',
  '/v2/assumed-roles/compatibility/aws/sts',
  '/v2/assumed-roles/compatibility/aws/sts/',
]);
const iamForm = /(?:^|&)Version=2010-05-08(?:&|$)/;

function isJson({ path }: HttpRequest): boolean {
  return (path.startsWith('/v2/') && !queryPaths.has(path)) || path === '/openapi.json';
}

function isIam({ body, path }: HttpRequest): boolean {
  return queryPaths.has(path) && iamForm.test(Buffer.from(body).toString('latin1'));
}

function createIam(shared: Shared, { fetchDocument, recorder, registry }: ServiceOptions): HttpHandler {
  return createIamHandler({
    ...shared,
    registry: { account: (id) => registry.account(id), appendAudit: recorder.appendAudit },
    checkIssuer: async (issuer) => {
      const keys = await fetchKeys(issuer, fetchDocument);
      return keys instanceof Refusal ? keys : undefined;
    },
  });
}

/** @throws RefusedError where the records cannot be read */
export async function openServices(options: ServiceOptions): Promise<Services> {
  const shared = await openAuthority(options);
  const { log, now } = shared;
  const keys = createKeySource({ fetchDocument: options.fetchDocument, times: defaultKeyTimes, now, log });
  const sts = createSts(shared, options, 'given')(keys);
  const bearerSts = createSts(shared, options, 'bearer')(keys);
  const administration = createAdministration(administrationPorts(shared, options, { keys, bearerSts }));
  const iam = createIam(shared, options);
  return {
    api: (request) => {
      if (isJson(request)) return administration.handler(request);
      return isIam(request) ? iam(request) : sts(request);
    },
    operator: administration.operatorHandler,
    shared,
    staleness: shared.staleness,
    stop: shared.stop,
  };
}
