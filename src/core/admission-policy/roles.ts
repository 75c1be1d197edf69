// Which roles a service account's annotations claim, and for which containers. As `core/injection` finds them: the
// first profile that is claimed counts, and of its annotations the first that is there.
import { expectedRole, type InjectionConfig, type ProfileSettings } from '../injection/index.ts';
import { celLiteral } from './cel.ts';
import { annotationsOf, isGiven, itemsAt, type Variable } from './variable.ts';

function row(settings: ProfileSettings): string {
  return celLiteral({ ...settings, expectedRole: expectedRole(settings) });
}

/** The rows of data that all other expressions read: each profile that is on, with every value settled. */
export function profileRows({ profiles }: InjectionConfig): Variable {
  return { name: 'profiles', expression: `[${profiles.map(row).join(',\n')}]` };
}

/** The annotation of one container, or under the empty name that of all. */
const keyFor = (key: string, container: string) => `(${container} == '' ? ${key} : ${key} + '.' + ${container})`;

const namesOf = (field: string) => `${itemsAt('object.spec', field)}.map(c, c.name)`;

/** What a pod's service account claims; it is the policy's parameter. */
export const podClaims: readonly Variable[] = [
  { name: 'account', expression: annotationsOf('params') },
  {
    name: 'names',
    expression: `[''] + ${['containers', 'initContainers', 'ephemeralContainers'].map(namesOf).join(' + ')}`,
  },
  {
    name: 'claimed',
    expression: `variables.profiles.filter(p, p.roleAnnotations.exists(k, variables.names.exists(n,
  ${isGiven('variables.account', keyFor('k', 'n'))})))`,
  },
  // The row that counts; asked for only where something is claimed.
  { name: 'profile', expression: 'variables.claimed[0]' },
  {
    name: 'claims',
    expression: `variables.claimed.size() == 0 ? [] : variables.names.map(n, {
    'container': dyn(n),
    'keys': dyn(variables.profile.roleAnnotations.map(k, ${keyFor('k', 'n')})
      .filter(k, ${isGiven('variables.account', 'k')}))
  }).filter(c, c.keys.size() > 0).map(c, {
    'profile': dyn(variables.profile),
    'container': dyn(c.container),
    'value': dyn(variables.account[c.keys[0]].trim()),
    'source': dyn('service account annotation' + (c.container == '' ? '' : ', container ' + c.container))
  })`,
  },
];

const names = "(k == a || k.startsWith(a + '.'))";

/** What a service account that is written claims; with `onlyNew`, of that only what was not there before. */
export function serviceAccountClaims(onlyNew: boolean): readonly Variable[] {
  const wasThere =
    "request.operation == 'UPDATE' && k in variables.before && variables.before[k] == variables.account[k]";
  return [
    { name: 'account', expression: annotationsOf('object') },
    ...(onlyNew ? [{ name: 'before', expression: annotationsOf('oldObject') }] : []),
    {
      name: 'claims',
      expression: `variables.account.filter(k, variables.account[k].trim() != ''${onlyNew ? ` && !(${wasThere})` : ''}).map(k, {
    'key': dyn(k),
    'profiles': dyn(variables.profiles.filter(p, p.roleAnnotations.exists(a, ${names})))
  }).filter(c, c.profiles.size() > 0).map(c, {
    'profile': dyn(c.profiles[0]),
    'value': dyn(variables.account[c.key].trim()),
    'source': dyn('annotation ' + c.key)
  })`,
    },
  ];
}
