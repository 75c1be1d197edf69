// Refusals of `podiam install` and `podiam policy`.
import { rows } from './row.ts';

export const installRows = rows({
  'setting-required': {
    status: 400,
    wire: 'SettingRequired',
    sentence: 'The setting {setting} is needed.',
    remedy: 'Set {setting}: {summary}.',
  },
  'setting-unfit': {
    status: 400,
    wire: 'SettingUnfit',
    sentence: 'The setting {setting} is ‘{value}’, which is not {expected}.',
    remedy: 'It means: {summary}.',
  },
  'setting-without-use': {
    status: 400,
    wire: 'SettingWithoutUse',
    sentence: 'The setting {setting} has no use without {other}.',
    remedy: 'Leave {setting} out, or set {other}.',
  },
  'setting-namespace-shared': {
    status: 400,
    wire: 'NamespaceShared',
    sentence: 'The namespace {namespace} is shared by the whole cluster.',
    remedy: '{remedy}',
  },
  'setting-ca-bundle-unfit': {
    status: 400,
    wire: 'CaBundleUnfit',
    sentence: 'What ca-bundle-file names is not certificates (PEM), or holds more than certificates.',
    remedy:
      'Give the certificate of who signed the serving certificate, without any key: everyone who may read webhook configurations reads it.',
  },
  'setting-beyond-policy': {
    status: 400,
    wire: 'SettingBeyondPolicy',
    sentence: 'The setting {setting} asks for what an admission policy cannot do: {why}.',
    remedy: 'Leave {setting} out, or let the webhook do it: podiam install.',
  },
});
