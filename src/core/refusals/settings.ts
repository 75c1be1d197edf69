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
  'file-unwritable': {
    status: 500,
    wire: 'FileUnwritable',
    sentence: '{file} cannot be written: {problem}.',
    remedy: 'Check that the folder exists, that you may write there, and that the disk has room.',
  },
  'package-missing': {
    status: 500,
    wire: 'PackageMissing',
    sentence: 'The demonstration’s pod needs the package {name}, which is not installed.',
    remedy: 'Install it with npm install {name}.',
  },
});
