// The platform's services over its records: what proves callers, the STS, the `/v2` API, and what a gateway needs. `podiam
// platform` serves them as configured, `podiam up` with defaults.
import { newAccessKey, newTimeOrderedUuid } from '../../core/credentials/index.ts';
import type { BudgetSize } from '../../core/memory/index.ts';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import { type KeyEncryptionKeys, sealSecret, secretPurposes } from '../../core/registry/index.ts';
import { defaultKeyTimes } from '../../core/tokens/index.ts';
import { type HttpHandler, type HttpRequest, isIamCall, isQueryPath } from '../../core/wire/index.ts';
import {
  type AdministrationPorts,
  createAdministration,
  createPublishedDocuments,
  type OwnClusters,
} from '../../features/administration/index.ts';
import { createFindRootKey, createIamHandler, type IamApiPorts, openAccount } from '../../features/iam/index.ts';
import { encryptAnew, prepareSealingKey } from '../../features/keys/index.ts';
import { createFindPolicies, followRevocations } from '../../features/sessions/index.ts';
import {
  createKeySource,
  createSts,
  type FetchIssuerDocument,
  fetchKeys,
  type KeySource,
  type Rates,
  type ReviewOutcome,
  type Sts,
  type StsPorts,
} from '../../features/sts/index.ts';
import type { ReviewLimits } from '../../io/kubernetes/index.ts';
import type { Log } from '../../io/log/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import { world } from '../up/world.ts';
import { version } from '../version.ts';
import { followKeyring } from './keyring.ts';
import { openTokenReviews } from './token-review.ts';

export interface ServiceOptions {
  readonly registry: Registry;
  readonly keyEncryptionKeys: KeyEncryptionKeys;
  /** What must be on record before anything is given. */
  readonly recorder: Pick<Registry, 'issueSession' | 'appendAudit'>;
  readonly log: Log;
  readonly fetchDocument: FetchIssuerDocument;
  readonly maxStalenessMs: number;
  readonly rates?: Rates & { readonly iam: BudgetSize };
  /** Told of every call of the STS that was answered. */
  readonly onOutcome?: StsPorts['onOutcome'];
  /** The same of the IAM API. */
  readonly onIamOutcome?: IamApiPorts['onOutcome'];
  /** How clusters may be asked about their tokens. */
  readonly reviewLimits?: ReviewLimits;
  readonly onReview?: (outcome: ReviewOutcome) => void;
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
      findRootKey: createFindRootKey({ registry, keyEncryptionKeys }),
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

/** Where an exchange gets what is not on record. */
interface Sources {
  readonly keys: KeySource;
  readonly reviews: ReturnType<typeof openTokenReviews>;
}

function openSts(
  shared: Shared,
  { onOutcome, rates, recorder, registry }: ServiceOptions,
  { keys, reviews }: Sources,
): Sts {
  return createSts({
    ...shared,
    registry: {
      account: (id) => registry.account(id),
      findRoleByUuid: (uuid) => registry.findRoleByUuid(uuid),
      issueSession: recorder.issueSession,
      appendAudit: recorder.appendAudit,
    },
    keys,
    reviewToken: reviews.reviewToken,
    ...(rates && { rates }),
    ...(onOutcome && { onOutcome }),
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
  { keys, reviews, sts }: Sources & { readonly sts: Sts },
): AdministrationPorts {
  const { audience, fetchDocument, keyEncryptionKeys, ownClusters, publicUrl, rates, recorder, registry } = options;
  const { log, now } = shared;
  const isShared = ownClusters !== undefined && !ownClusters.issuer.includes('{');
  return {
    ...shared,
    registry: { ...registry, ...recorder },
    fetchKeys: (issuer) => fetchKeys(issuer, fetchDocument),
    tryReview: reviews.tryReview,
    keyEncryptionKeys,
    exchange: sts.exchange,
    ...operatorPorts(options),
    ...(rates && { rates: { account: rates.iam, unproven: rates.unproven } }),
    provider: { publicUrl, audience, ownClusters },
    published: isShared
      ? createPublishedDocuments({
          registry,
          keysOf: (issuer) => keys.keysOf(issuer, undefined),
          issuer: ownClusters.issuer,
          publicUrl,
          now,
          log,
        })
      : undefined,
    version: version(),
  };
}

function isJson({ path }: HttpRequest): boolean {
  return (path.startsWith('/v2/') && !isQueryPath(path)) || path === '/openapi.json';
}

function createIam(shared: Shared, options: ServiceOptions): HttpHandler {
  const { fetchDocument, onIamOutcome, rates, recorder, registry } = options;
  return createIamHandler({
    ...shared,
    ...(rates && { rates: { account: rates.iam, unproven: rates.unproven } }),
    ...(onIamOutcome && { onOutcome: onIamOutcome }),
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
  const reviews = openTokenReviews({ ...options, log });
  const sts = openSts(shared, options, { keys, reviews });
  const administration = createAdministration(administrationPorts(shared, options, { keys, reviews, sts }));
  const iam = createIam(shared, options);
  return {
    api: (request) => {
      if (isJson(request)) return administration.handler(request);
      return isQueryPath(request.path) && isIamCall(request) ? iam(request) : sts.handler(request);
    },
    operator: administration.operatorHandler,
    shared,
    staleness: shared.staleness,
    stop: () => {
      reviews.stop();
      shared.stop();
    },
  };
}
