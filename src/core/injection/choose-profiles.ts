// Which profiles are on, each with every value settled.
import { Refusal, refuse } from '../refusals/index.ts';
import { builtInProfiles, type Profile } from './profile.ts';
import { type InjectionSettingValues, type ProfileSettings, settleProfile } from './settings.ts';

export type ProfilesOn = readonly [ProfileSettings, ...ProfileSettings[]];

export interface ProfileChoice {
  /** The names of those that are on, in order of precedence; where it is empty, all that have what they need. */
  readonly profile: readonly string[];
  /** A user's own, beside the built-in ones. */
  readonly profiles: readonly Profile[];
}

/**
 * The profiles that are on. One that is named must have what it needs. Their order, which is that of precedence:
 *   1. as they are named,
 *   2. where none is named, the built-in ones, then the user's own as the configuration file has them.
 * @returns `setting-profile-unknown`, or what `settleProfile` refuses
 */
export function chooseProfiles(
  { profile: names, profiles: own }: ProfileChoice,
  values: InjectionSettingValues,
): ProfilesOn | Refusal {
  const all = [...builtInProfiles, ...own];
  const known = all.map(({ name }) => name).join(', ');
  const unknown = names.find((name) => !all.some((profile) => profile.name === name));
  if (unknown !== undefined) return refuse('setting-profile-unknown', { name: unknown, known });
  const named = [...new Set(names)].flatMap((name) => all.filter((profile) => profile.name === name));
  const outcomes = (named.length > 0 ? named : all).map((profile) => settleProfile(profile, values));
  const isExcused = (refusal: Refusal) => named.length === 0 && refusal.code === 'injection-setting-missing';
  const refused = outcomes.find((outcome) => outcome instanceof Refusal && !isExcused(outcome));
  if (refused instanceof Refusal) return refused;
  const [first, ...others] = outcomes.flatMap((outcome) => (outcome instanceof Refusal ? [] : [outcome]));
  return first ? [first, ...others] : refuse('setting-profile-unknown', { name: 'none', known });
}
