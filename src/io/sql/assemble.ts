// A registry on an engine: the records of every kind, written once, over what SQLite and PostgreSQL each bring.
import { keepLast } from '../../core/memory/index.ts';
import type { Refusal } from '../../core/refusals/index.ts';
import { type AuditEvent, defaultQuotas, type Quotas, type SessionRecord } from '../../core/registry/index.ts';
import type { AccountRegistry } from './account-registry.ts';
import { accountsRecords, findAccount, findRootKey, rootKeyRecords } from './accounts.ts';
import { listAudit } from './audit.ts';
import { createRecordCache, type RecordCache } from './cache.ts';
import { countAll } from './counts.ts';
import { operatorKeyRecords, sealingKeyRecords, settingRecords } from './installation.ts';
import { issuerRecords } from './issuers.ts';
import { policyRecords } from './policies.ts';
import { prune } from './prune.ts';
import type { ChangeFeed, Health, Load, Registry } from './registry.ts';
import { addRevocation, findRevocation, listRevocations, revocationsSince } from './revocations.ts';
import { rolePolicyRecords } from './role-policies.ts';
import { createRoleUse } from './role-use.ts';
import { findRoleByUuid, roleRecords } from './roles.ts';
import { secretRecords } from './secrets.ts';
import { findSession, listSessions } from './sessions.ts';
import type { Engine } from './work.ts';

/** What an engine brings beside its transactions. */
export interface EngineParts {
  readonly kind: Registry['engine'];
  readonly engine: Engine;
  /** Group commit: resolves once both are on the disk. */
  readonly append: (session: SessionRecord | undefined, event: AuditEvent) => Promise<void>;
  readonly feed: ChangeFeed;
  readonly quotas?: Quotas | undefined;
  readonly backup: (file: string) => Promise<Refusal | undefined>;
  readonly health: () => Promise<Health>;
  readonly load: () => Load;
  readonly close: () => Promise<void>;
}

/** A key that was taken away opens nothing after that, whatever this replica has heard: it is looked up again instead. */
const longestKeyStalenessMs = 2000;
const roleUseIntervalMs = 60_000;
const keptViews = 1000;

export function assembleRegistry(parts: EngineParts): Registry {
  const { kind, engine, append, feed, quotas = defaultQuotas, backup, health, load, close } = parts;
  const cache = createRecordCache();
  // First of all listeners: whoever is told of a change and looks finds it.
  feed.subscribe((heard) => cache.heard(heard));
  // Made once for who is at work: an exchange should not pay for what it does not call.
  const views = keepLast<AccountRegistry>(keptViews);
  const roleUse = createRoleUse(engine);
  // What could not be written is written the next time; nobody waits for it.
  const timer = setInterval(() => void roleUse.flush().catch(() => {}), roleUseIntervalMs);
  timer.unref();
  return {
    engine: kind,
    account: (id) => views(id, () => accountRegistry({ engine, accountId: id, cache, quotas })),
    issueSession: async (session, event) => {
      await append(session, event);
      roleUse.note(session.roleId, session.issuedAt);
    },
    appendAudit: (event) => append(undefined, event),
    findRootKey: (accessKeyId) => {
      const find = () => engine.read(() => findRootKey(accessKeyId));
      return feed.staleness() <= longestKeyStalenessMs ? cache.rootKeys(accessKeyId, find) : find();
    },
    findRoleByUuid: (uuid) => engine.read(() => findRoleByUuid(uuid)),
    accounts: accountsRecords(engine),
    operatorKeys: operatorKeyRecords(engine),
    sessions: { list: (query) => engine.read(() => listSessions(undefined, query)) },
    audit: { list: (query) => engine.read(() => listAudit(undefined, query)) },
    revocations: {
      add: (revocation) => engine.write((writing) => addRevocation(writing, revocation)),
      since: (position, limit) => engine.read(() => revocationsSince(position, limit)),
    },
    sealingKeys: sealingKeyRecords(engine),
    secrets: secretRecords(engine),
    settings: settingRecords(engine),
    changes: feed,
    flush: () => roleUse.flush(),
    prune: (before) => prune(engine, before),
    backup,
    health,
    load,
    close: async () => {
      clearInterval(timer);
      await roleUse.flush().catch(() => {});
      await close();
    },
  };
}

interface AccountParts {
  readonly engine: Engine;
  readonly accountId: string;
  readonly cache: RecordCache;
  readonly quotas: Quotas;
}

/** The one place where records are bound to an account. */
function accountRegistry(parts: AccountParts): AccountRegistry {
  const { engine, accountId: id, quotas } = parts;
  return {
    id,
    quotas,
    find: () => engine.read(() => findAccount(id)),
    counts: () => engine.snapshot(() => countAll(id)),
    rootKeys: rootKeyRecords(engine, id),
    issuers: issuerRecords(parts),
    roles: roleRecords(parts),
    rolePolicies: rolePolicyRecords(engine, id, quotas),
    policies: policyRecords(engine, id, quotas),
    sessions: {
      find: (accessKeyId) => engine.read(() => findSession(id, accessKeyId)),
      list: (query) => engine.read(() => listSessions(id, query)),
    },
    revocations: {
      add: (revocation) => engine.write((writing) => addRevocation(writing, { ...revocation, accountId: id })),
      find: (revocationId) => engine.read(() => findRevocation(id, revocationId)),
      list: (query) => engine.read(() => listRevocations(id, query)),
    },
    audit: { list: (query) => engine.read(() => listAudit(id, query)) },
  };
}
