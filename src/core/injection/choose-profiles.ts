// Which profiles are on, each with every value settled.
import { Refusal, refuse } from '../refusals/index.ts';
import { builtInProfiles } from './profile.ts';
import { type InjectionSettingValues, type ProfileSettings, settleProfile } from './settings.ts';

export type ProfilesOn = readonly [ProfileSettings, ...ProfileSettings[]];

const known = builtInProfiles.map(({ name }) => name).join(', ');

/**
 * The profiles of these names in their order, or, where none is named, all that have what they need. One that is named
 * must have it.
 * @returns `setting-profile-unknown`, or what `settleProfile` refuses
 */
export function chooseProfiles(names: readonly string[], values: InjectionSettingValues): ProfilesOn | Refusal {
  const unknown = names.find((name) => !builtInProfiles.some((profile) => profile.name === name));
  if (unknown !== undefined) return refuse('setting-profile-unknown', { name: unknown, known });
  const named = names.flatMap((name) => builtInProfiles.filter((profile) => profile.name === name));
  const outcomes = (named.length > 0 ? named : builtInProfiles).map((profile) => settleProfile(profile, values));
  const isExcused = (refusal: Refusal) => named.length === 0 && refusal.code === 'injection-setting-missing';
  const refused = outcomes.find((outcome) => outcome instanceof Refusal && !isExcused(outcome));
  if (refused instanceof Refusal) return refused;
  const [first, ...others] = outcomes.flatMap((outcome) => (outcome instanceof Refusal ? [] : [outcome]));
  return first ? [first, ...others] : refuse('setting-profile-unknown', { name: 'none', known });
}
