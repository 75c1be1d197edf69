// Which profiles are on, each with every value settled.
import { Refusal, refuse } from '../refusals/index.ts';
import { allProfiles, type Profile } from './profile.ts';
import { type InjectionSettingValues, type ProfileSettings, settingsOfOneProfile, settleProfile } from './settings.ts';

export type ProfilesOn = readonly [ProfileSettings, ...ProfileSettings[]];

export interface ProfileChoice {
  /** The names of those that are on, in order of precedence; where it is empty, all that have what they need. */
  readonly profile: readonly string[];
  /** A user's own, and built-in ones with other values. */
  readonly profiles: readonly Profile[];
}

/** What tells a platform's tokens, mounts or STS from another's is not said of several at once. */
function saidOfSeveral(on: readonly ProfileSettings[], values: InjectionSettingValues): Refusal | undefined {
  const setting = settingsOfOneProfile.find((name) => values[name] !== undefined);
  if (on.length < 2 || setting === undefined) return undefined;
  return refuse('setting-of-one-profile', { setting, profiles: on.map(({ profile }) => profile).join(', ') });
}

/**
 * The profiles that are on. One that is named must have what it needs. Their order, which is that of precedence:
 *   1. as they are named,
 *   2. where none is named, the built-in ones, then the user's own as the configuration file has them.
 * @returns `setting-profile-unknown`, `setting-of-one-profile`, or what `settleProfile` refuses
 */
export function chooseProfiles(
  { profile: names, profiles: rows }: ProfileChoice,
  values: InjectionSettingValues,
): ProfilesOn | Refusal {
  const all = allProfiles(rows);
  const known = all.map(({ name }) => name).join(', ');
  const unknown = names.find((name) => !all.some((profile) => profile.name === name));
  if (unknown !== undefined) return refuse('setting-profile-unknown', { name: unknown, known });
  const named = [...new Set(names)].flatMap((name) => all.filter((profile) => profile.name === name));
  const outcomes = (named.length > 0 ? named : all).map((profile) => settleProfile(profile, values));
  const isExcused = (refusal: Refusal) => named.length === 0 && refusal.code === 'injection-setting-missing';
  const refused = outcomes.find((outcome) => outcome instanceof Refusal && !isExcused(outcome));
  if (refused instanceof Refusal) return refused;
  const on = outcomes.flatMap((outcome) => (outcome instanceof Refusal ? [] : [outcome]));
  const several = saidOfSeveral(on, values);
  if (several) return several;
  const [first, ...others] = on;
  return first ? [first, ...others] : refuse('setting-profile-unknown', { name: 'none', known });
}
