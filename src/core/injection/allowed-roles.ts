// Which roles a namespace may use, by the configuration file: a list that, once it is set, allows only what it names.
import { Problem, readMembers, type Setting, text, texts } from '../settings/index.ts';
import type { AllowedRoles } from './role.ts';

const rowMembers = {
  namespace: text({ summary: 'a namespace, or several by a pattern with *', placeholder: 'PATTERN', fallback: '' }),
  roles: texts({
    summary: 'patterns of whole ARNs, or, without arn:, of what stands behind role/',
    placeholder: 'PATTERN',
  }),
};

const rowSummary = 'a namespace and the roles that it may use';
const namespacePattern = /^[a-z0-9*-]{1,63}$/;

function readRow(raw: unknown, path: string): AllowedRoles | Problem {
  const row = readMembers(rowMembers, raw, path, rowSummary);
  if (row instanceof Problem) return row;
  if (!namespacePattern.test(row.namespace)) {
    const { summary } = rowMembers.namespace;
    return new Problem('is no namespace', { path: `${path}.namespace`, raw: row.namespace, summary });
  }
  const blank = row.roles.findIndex((role) => role.trim() === '' || /\s/.test(role));
  if (blank < 0) return row;
  const { summary } = rowMembers.roles;
  return new Problem('is no pattern', { path: `${path}.roles[${blank}]`, raw: row.roles[blank], summary });
}

function readAllowedRoles(raw: unknown): readonly AllowedRoles[] | Problem {
  if (!Array.isArray(raw)) return new Problem('is no list');
  const rows: AllowedRoles[] = [];
  for (const [index, item] of raw.entries()) {
    const row = readRow(item, `[${index}]`);
    if (row instanceof Problem) return row;
    rows.push(row);
  }
  return rows;
}

export const allowedRolesSettings = {
  'allowed-roles': {
    summary:
      'which roles a namespace may use: a list of namespace and roles, both patterns; once it is set, a namespace that it does not name may use none',
    placeholder: 'ROWS',
    fallback: undefined,
    isFileOnly: true,
    read: readAllowedRoles,
  } satisfies Setting<readonly AllowedRoles[] | undefined>,
};
