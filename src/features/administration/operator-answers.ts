// Accounts and keys as the API answers with them.
import { z } from 'zod';
import type { Account, RootKey, SealingKey } from '../../core/registry/index.ts';
import { isoTime, time } from './answers.ts';

export const accountAnswer = z.object({
  id: z.string(),
  name: z.string(),
  created_at: time,
  closed_at: time.nullable(),
});

export const accountJson = (account: Account): z.input<typeof accountAnswer> => ({
  id: account.id,
  name: account.name,
  created_at: isoTime(account.createdAt),
  closed_at: account.closedAt === undefined ? null : isoTime(account.closedAt),
});

export const rootKeyAnswer = z.object({
  access_key_id: z.string(),
  status: z.enum(['active', 'inactive']),
  created_at: time,
});

export const rootKeyJson = (key: RootKey): z.input<typeof rootKeyAnswer> => ({
  access_key_id: key.accessKeyId,
  status: key.status,
  created_at: isoTime(key.createdAt),
});

export const newKeyAnswer = z.object({
  access_key_id: z.string(),
  secret_access_key: z.string().describe('Told this once.'),
  bearer: z.string().describe('Both, as Authorization: Bearer takes them.'),
});

export const sealingKeyAnswer = z.object({
  id: z.string(),
  state: z.enum(['prepared', 'active', 'retiring']),
  created_at: time,
  changed_at: time,
});

export const sealingKeyJson = (key: SealingKey): z.input<typeof sealingKeyAnswer> => ({
  id: key.id,
  state: key.state,
  created_at: isoTime(key.createdAt),
  changed_at: isoTime(key.changedAt),
});
