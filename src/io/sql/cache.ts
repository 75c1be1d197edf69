// What every exchange and every signed call reads is remembered: reading it from the database would cost more than the decision. It is forgotten
// with the change that makes it stale, and what is absent is not remembered: strangers could ask for more and more of it.
import { ownText } from '../../core/memory/index.ts';
import type { ChangedKind, Issuer, RoleAccess, RootKey } from '../../core/registry/index.ts';
import type { Heard } from './registry.ts';

/** Gives what is remembered, or finds it and remembers it. Account and key stay apart: a joined key could be another pair's. */
type Remembered<Kept> = (
  accountId: string,
  key: string,
  find: () => Promise<Kept | undefined>,
) => Promise<Kept | undefined>;

export interface RecordCache {
  readonly issuers: Remembered<readonly Issuer[]>;
  readonly roles: Remembered<RoleAccess>;
  readonly rolesById: Remembered<RoleAccess>;
  /** By the key's id alone: it is what says whose it is. */
  readonly rootKeys: (accessKeyId: string, find: () => Promise<RootKey | undefined>) => Promise<RootKey | undefined>;
  /** Forgets what the change makes stale. */
  heard(heard: Heard): void;
}

/** Values by account and key. */
class Shelf<Kept> {
  readonly #accounts = new Map<string, Map<string, Kept>>();
  size = 0;

  get(accountId: string, key: string): Kept | undefined {
    return this.#accounts.get(accountId)?.get(key);
  }

  put(accountId: string, key: string, value: Kept): void {
    const account = this.#accounts.get(accountId) ?? new Map<string, Kept>();
    this.#accounts.set(accountId, account.set(key, value));
    this.size += 1;
  }

  take(accountId: string, key: string): void {
    const account = this.#accounts.get(accountId);
    account?.delete(key);
    if (account?.size === 0) this.#accounts.delete(accountId);
  }

  forget(accountId: string): void {
    this.#accounts.delete(accountId);
  }
}

/** Two shelves: when the new one is full it becomes the old one, and what is used moves over. The rest is let go. */
class Memory<Kept> {
  readonly #most: number;
  #new = new Shelf<Kept>();
  #old = new Shelf<Kept>();
  /** Being found at the moment; asked for many times at once, it is found once. */
  #sought = new Shelf<Promise<Kept | undefined>>();

  constructor(most: number) {
    this.#most = most;
  }

  readonly get: Remembered<Kept> = (accountId, key, find) => {
    const recent = this.#new.get(accountId, key);
    if (recent !== undefined) return Promise.resolve(recent);
    const older = this.#old.get(accountId, key);
    if (older !== undefined) {
      this.#keep(accountId, key, older);
      return Promise.resolve(older);
    }
    return this.#sought.get(accountId, key) ?? this.#seek(accountId, key, find);
  };

  #seek(accountId: string, key: string, find: () => Promise<Kept | undefined>): Promise<Kept | undefined> {
    const seek = async () => {
      try {
        const found = await find();
        // Forgotten in the meantime, it may be stale: whoever asked before the change may have it, nobody after.
        const isCurrent = this.#sought.get(accountId, key) === sought;
        if (found !== undefined && isCurrent) this.#keep(accountId, key, found);
        return found;
      } finally {
        if (this.#sought.get(accountId, key) === sought) this.#sought.take(accountId, key);
      }
    };
    // Begins only after it is on the shelf.
    const sought: Promise<Kept | undefined> = Promise.resolve().then(seek);
    this.#sought.put(accountId, key, sought);
    return sought;
  }

  #keep(accountId: string, key: string, value: Kept): void {
    if (this.#new.size >= this.#most / 2) {
      this.#old = this.#new;
      this.#new = new Shelf<Kept>();
    }
    // The key is a piece of the request that asked first.
    this.#new.put(ownText(accountId), ownText(key), value);
  }

  forget(accountId: string): void {
    for (const shelf of [this.#new, this.#old, this.#sought]) shelf.forget(accountId);
  }

  clear(): void {
    this.#new = new Shelf<Kept>();
    this.#old = new Shelf<Kept>();
    this.#sought = new Shelf<Promise<Kept | undefined>>();
  }
}

type Subject = 'issuers' | 'roles' | 'rootKeys';

/** What of an account a change makes stale; its closing makes all of it so. */
const staleBy: Partial<Record<ChangedKind, readonly Subject[]>> = {
  account: ['issuers', 'roles', 'rootKeys'],
  'root-key': ['rootKeys'],
  issuer: ['issuers'],
  role: ['roles'],
  policy: ['roles'],
};

/** @param most records of each kind, about a kilobyte each */
export function createRecordCache(most = 20_000): RecordCache {
  const issuers = new Memory<readonly Issuer[]>(most);
  const roles = new Memory<RoleAccess>(most);
  const rolesById = new Memory<RoleAccess>(most);
  const rootKeys = new Memory<RootKey>(most);
  const forget: Readonly<Record<Subject, (accountId: string) => void>> = {
    issuers: (accountId) => issuers.forget(accountId),
    roles: (accountId) => {
      roles.forget(accountId);
      rolesById.forget(accountId);
    },
    // They change so seldom that all are found again.
    rootKeys: () => rootKeys.clear(),
  };
  return {
    issuers: issuers.get,
    roles: roles.get,
    rolesById: rolesById.get,
    rootKeys: (accessKeyId, find) => rootKeys.get('', accessKeyId, find),
    heard: (heard) => {
      if (heard === 'anything') for (const memory of [issuers, roles, rolesById, rootKeys]) memory.clear();
      else for (const subject of staleBy[heard.kind] ?? []) forget[subject](heard.accountId);
    },
  };
}
