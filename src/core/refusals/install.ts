// Refusals of `podiam install`.
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
});
