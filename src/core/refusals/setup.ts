// Refusals of start-up and storage: listeners, certificates, and the registry's file.
import { rows } from './row.ts';

export const setupRows = rows({
  'port-in-use': {
    status: 500,
    wire: 'PortInUse',
    sentence: 'Port {port} of {host} is in use by another process.',
    remedy: 'Stop that process, or choose another port; 0 takes any free one.',
  },
  'port-not-permitted': {
    status: 500,
    wire: 'PortNotPermitted',
    sentence: 'This process may not listen on port {port} of {host}.',
    remedy:
      'Choose a port from 1024 up, in a pod with the Service’s targetPort, or allow lower ones: in a pod, the sysctl net.ipv4.ip_unprivileged_port_start with the value 0 in spec.securityContext.sysctls.',
  },
  'host-not-here': {
    status: 500,
    wire: 'HostNotHere',
    sentence: 'Cannot listen on {host}: it is no address of this machine.',
    remedy: 'Use 127.0.0.1 for this machine alone, or 0.0.0.0 or :: for all its addresses.',
  },
  'listen-failed': {
    status: 500,
    wire: 'ListenFailed',
    sentence: 'Cannot listen on port {port} of {host}: {problem}.',
    remedy: 'Check host and port.',
  },
  'tls-material-unfit': {
    status: 500,
    wire: 'TlsMaterialUnfit',
    sentence: 'The certificate and key cannot be served: {problem}.',
    remedy: 'Give the certificate, leaf first, and the private key that belongs to it, both in PEM and unencrypted.',
  },
  'data-unwritable': {
    status: 500,
    wire: 'DataUnwritable',
    sentence: 'The registry {file} cannot be written: {problem}.',
    remedy: 'Check that its folder exists, that this process may write there, and that the disk has room.',
  },
  'data-in-use': {
    status: 500,
    wire: 'DataInUse',
    sentence: 'The registry {file} is in use by another process.',
    remedy: 'Stop the other process, or give this one a data folder of its own.',
  },
  'data-on-network': {
    status: 500,
    wire: 'DataOnNetwork',
    sentence: 'The registry {file} lies on a network file system ({kind}), whose locks cannot be relied on.',
    remedy: 'Put the data folder on a local disk.',
  },
  'data-foreign': {
    status: 500,
    wire: 'DataForeign',
    sentence: '{file} is not a registry of Podiam.',
    remedy: 'Check the path; nothing was changed in that file.',
  },
  'data-newer': {
    status: 500,
    wire: 'DataNewer',
    sentence: 'The registry {file} has schema {found}, and this version of Podiam knows up to {known}.',
    remedy: 'Run the newer version that wrote it; nothing was changed in that file.',
  },
  'data-corrupt': {
    status: 500,
    wire: 'DataCorrupt',
    sentence: 'The registry {file} is damaged: {problem}.',
    remedy: 'Restore it from a backup, or move it away to start with an empty one.',
  },
  'sqlite-too-old': {
    status: 500,
    wire: 'SqliteTooOld',
    sentence: 'SQLite {found} can damage a database in WAL mode; {needed} is the first without that fault.',
    remedy: 'Run Podiam on a current Node 24, which brings a newer SQLite.',
  },
  'database-newer': {
    status: 500,
    wire: 'DatabaseNewer',
    sentence:
      'The database has schema {found}, which cannot be used by this version of Podiam, which knows up to {known}.',
    remedy: 'Run the newer version that migrated it; nothing was changed.',
  },
  'database-foreign': {
    status: 500,
    wire: 'DatabaseForeign',
    sentence: 'The database holds tables of the names that Podiam uses, which are not Podiam’s.',
    remedy: 'Give Podiam a database, or a schema by search_path, of its own; nothing was changed.',
  },
  'database-unusable': {
    status: 500,
    wire: 'DatabaseUnusable',
    sentence: 'The database cannot be used: {problem}.',
    remedy: 'Check the connection string, and that its user may log in and make tables.',
  },
  'backup-exists': {
    status: 409,
    wire: 'BackupExists',
    sentence: '{file} exists already, and is not overwritten.',
    remedy: 'Name a file that is not there yet.',
  },
  'backup-failed': {
    status: 500,
    wire: 'BackupFailed',
    sentence: 'The registry cannot be copied to {file}: {problem}.',
    remedy: 'Check that the folder exists, that this process may write there, and that the disk has room.',
  },
  'backup-elsewhere': {
    status: 400,
    wire: 'BackupElsewhere',
    sentence: 'The registry lies in PostgreSQL, which has its own tools for backups.',
    remedy: 'Use pg_dump and pg_restore, or the continuous archiving of the database’s operator.',
  },
  'registry-unavailable': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The registry cannot be read or written at the moment.',
    remedy: 'Try again; if it goes on, the operator finds the cause in the log.',
  },
  'registry-busy': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'More records wait to be written than the registry takes.',
    remedy: 'Try again after a pause.',
  },
  'registry-duplicate': {
    status: 409,
    wire: 'EntityAlreadyExists',
    sentence: '{kind} {name} exists already.',
    remedy: 'Choose another name, or use the one that exists.',
  },
  'registry-account-unknown': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: 'There is no account {account}.',
    remedy: 'Check the account’s 12 digits.',
  },
  'registry-account-closed': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'The account {account} is closed.',
    remedy: 'Use another account: a closed one is not opened again.',
  },
  'registry-absent': {
    status: 404,
    wire: 'NoSuchEntity',
    sentence: '{kind} {name} cannot be found.',
    remedy: 'Check the name, and that it is this account’s.',
  },
  'registry-changed': {
    status: 409,
    wire: 'ConcurrentModification',
    sentence: '{kind} {name} was changed in the meantime.',
    remedy: 'Read it again, and change what it is now.',
  },
  'registry-delete-conflict': {
    status: 409,
    wire: 'DeleteConflict',
    sentence: '{kind} {name} cannot be deleted: {reason}.',
    remedy: 'Detach or delete that first.',
  },
});
