// What a profile of a user's own must be, so that API servers and SDKs take what is made of it, and so that no two
// profiles are meant by one name or one annotation.
import { allProfiles, type Profile } from './profile.ts';
import { faultOfProfile } from './settings.ts';

export interface RowFault {
  /** Of the row. */
  readonly member: string;
  readonly value: string;
  readonly problem: string;
}

/** Room is left for the ending of the volume's name. */
const profileName = /^[a-z0-9](?:[a-z0-9-]{0,51}[a-z0-9])?$/;
const qualifiedName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
/** Not all roles there are: what comes before the first star stands for itself. */
const rolePattern = /^[\w+=,.@:/-][\w+=,.@:/*-]{0,2047}$/;

type Rule = (profile: Profile, before: readonly Profile[]) => RowFault | undefined;

const nameIsNone: Rule = ({ name }) =>
  profileName.test(name)
    ? undefined
    : { member: 'name', value: name, problem: 'is not a DNS label of at most 53 characters' };

const nameIsTaken: Rule = ({ name }, before) =>
  before.some((profile) => profile.name === name)
    ? { member: 'name', value: name, problem: 'is the name of another row' }
    : undefined;

const settingIsUnfit: Rule = (profile) => {
  const fault = faultOfProfile(profile);
  return fault && { member: fault.setting, value: fault.value, problem: `is not ${fault.expected}` };
};

const annotationIsNone: Rule = ({ roleAnnotations }) => {
  const value = roleAnnotations.find((key) => !qualifiedName.test(key));
  return value === undefined
    ? undefined
    : { member: 'role-annotation', value, problem: 'is not the key of an annotation, such as example.com/role' };
};

const labelIsNone: Rule = ({ optOutLabel }) =>
  qualifiedName.test(optOutLabel)
    ? undefined
    : { member: 'opt-out-label', value: optOutLabel, problem: 'is not the key of a label, such as example.com/skip' };

const patternIsNone: Rule = ({ rolePatterns }) => {
  const value = rolePatterns.find((pattern) => !rolePattern.test(pattern));
  return value === undefined
    ? undefined
    : { member: 'role-pattern', value, problem: 'is not a pattern that begins with what all those roles begin with' };
};

/** `KEY.CONTAINER` names the role of one container, so that a key may not be the beginning of another either. */
function collide(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`);
}

const annotationIsTaken: Rule = ({ name: own, roleAnnotations }, before) => {
  for (const { name, roleAnnotations: others } of allProfiles(before)) {
    if (name === own) continue;
    const value = roleAnnotations.find((key) => others.some((other) => collide(key, other)));
    if (value !== undefined)
      return { member: 'role-annotation', value, problem: `is an annotation of the profile ${name} already` };
  }
  return undefined;
};

const profileRules: readonly Rule[] = [
  nameIsNone,
  nameIsTaken,
  settingIsUnfit,
  annotationIsNone,
  labelIsNone,
  patternIsNone,
  annotationIsTaken,
];

/** The first rule's fault. @param before the rows ahead of it */
export function faultOfRow(profile: Profile, before: readonly Profile[]): RowFault | undefined {
  for (const rule of profileRules) {
    const fault = rule(profile, before);
    if (fault) return fault;
  }
  return undefined;
}
