// Refusals of what a person wrote: flags, variables, configuration files, and the files that they name.
import { rows } from './row.ts';

export const settingsRows = rows({
  'setting-unknown': {
    status: 400,
    wire: 'SettingUnknown',
    sentence: 'The configuration file has a member {name}, which is no setting of this command.',
    remedy: '{suggestion}',
  },
  'setting-invalid': {
    status: 400,
    wire: 'SettingInvalid',
    sentence: '{name} is ‘{value}’, which {problem}.',
    remedy: 'It means: {summary}.',
  },
  'setting-needed': {
    status: 400,
    wire: 'SettingNeeded',
    sentence: '{flag} says nothing without the setting {setting}.',
    remedy: 'Give --{setting} or {variable}: {summary}.',
  },
  'setting-flag-unknown': {
    status: 400,
    wire: 'FlagUnknown',
    sentence: 'There is no flag {flag}.',
    remedy: '{suggestion}',
  },
  'setting-flag-valueless': {
    status: 400,
    wire: 'FlagValueless',
    sentence: 'The flag {flag} has no value.',
    remedy: 'Write {flag}=VALUE.',
  },
  'setting-profile-unknown': {
    status: 400,
    wire: 'ProfileUnknown',
    sentence: 'There is no profile {name}.',
    remedy: 'The profiles are {known}; a configuration file can add others.',
  },
  'setting-of-one-profile': {
    status: 400,
    wire: 'SettingOfOneProfile',
    sentence: 'The setting {setting} is of one platform, and the profiles {profiles} are on.',
    remedy:
      'Name one by --profile, or give each its own in the configuration file: a row under profiles with its name and {setting}.',
  },
  'setting-ports-equal': {
    status: 400,
    wire: 'PortsEqual',
    sentence: 'Both --{name} and --{other} are {port}.',
    remedy: 'Give each a port of its own.',
  },
  'setting-data-empty': {
    status: 400,
    wire: 'DataEmpty',
    sentence: 'There is no registry in {folder}, and no platform runs over it.',
    remedy:
      'Name the platform’s own folder by --data (PODIAM_DATA), or a running platform by --url; for a new platform, start podiam platform over the folder first, which makes the registry.',
  },
  'setting-database-empty': {
    status: 400,
    wire: 'DatabaseEmpty',
    sentence: 'The database holds no records of Podiam.',
    remedy:
      'Check what --database or --database-file names; for a new platform, start podiam platform over it first, which makes them.',
  },
  'configuration-unreadable': {
    status: 400,
    wire: 'ConfigurationUnreadable',
    sentence: 'The configuration cannot be read. {problem}',
    remedy: 'Check what --config, or PODIAM_CONFIG, names.',
  },
  'configuration-malformed': {
    status: 400,
    wire: 'ConfigurationMalformed',
    sentence: '{file}:{line}:{column}: {problem}.',
    remedy: 'A configuration file is a YAML mapping from settings’ names to values.',
  },
  'file-unreadable': {
    status: 400,
    wire: 'FileUnreadable',
    sentence: '{file} cannot be read: {problem}.',
    remedy: 'Check the name and the rights on it.',
  },
  'file-not-text': {
    status: 400,
    wire: 'FileNotText',
    sentence: '{file} is no UTF-8 text.',
    remedy: 'Write it in UTF-8; iconv converts it.',
  },
  'file-too-large': {
    status: 400,
    wire: 'FileTooLarge',
    sentence: '{file} is larger than the {limit} MiB that are read of a file.',
    remedy: 'Split it.',
  },
  'manifests-missing': {
    status: 400,
    wire: 'ManifestsMissing',
    sentence: 'There are no manifests (.json, .yaml, .yml) in {folder}.',
    remedy: 'Name a folder that has some; folders below it are not looked into.',
  },
  'working-directory-gone': {
    status: 400,
    wire: 'WorkingDirectoryGone',
    sentence: 'The working directory cannot be found: {problem}.',
    remedy: 'Change into a folder that exists, or name files and folders by absolute paths.',
  },
  'file-unwritable': {
    status: 500,
    wire: 'FileUnwritable',
    sentence: '{file} cannot be written: {problem}.',
    remedy: 'Check that the folder exists, that you may write there, and that the disk has room.',
  },
  'key-encryption-key-missing': {
    status: 500,
    wire: 'KeyEncryptionKeyMissing',
    sentence: 'The registry holds encrypted secrets, but {file}, which opens them, is gone.',
    remedy: 'Put the file back from your backup, or begin anew with an empty data folder.',
  },
  'key-encryption-key-unfit': {
    status: 500,
    wire: 'KeyEncryptionKeyUnfit',
    sentence: '{file} holds {length} bytes, which are no key of {wanted} bytes in base64, hexadecimal or plain.',
    remedy: 'Put the file back from your backup, or begin anew with an empty data folder.',
  },
  'key-encryption-key-unreadable': {
    status: 500,
    wire: 'KeyEncryptionKeyUnreadable',
    sentence: 'The key-encryption key cannot be had from {source}: {problem}.',
    remedy: 'Check the setting, and that this process may use what it names.',
  },
  'key-encryption-key-unknown': {
    status: 500,
    wire: 'KeyEncryptionKeyUnknown',
    sentence: 'A stored secret is encrypted under the key-encryption key {keyId}, which is not among those given.',
    remedy: 'Give that key too, until every secret was encrypted anew.',
  },
  'package-missing': {
    status: 500,
    wire: 'PackageMissing',
    sentence: 'The demonstration’s pod needs the package {name}, which is not installed.',
    remedy: 'Install it with npm install {name}.',
  },
  'explain-command-unknown': {
    status: 400,
    wire: 'ExplainCommandUnknown',
    sentence: 'Nothing is explained under the name {name}.',
    remedy: 'Use podiam explain lint FILE, which says what is wrong with policy documents.',
  },
});
