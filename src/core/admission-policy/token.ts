// The token that a pod gets: for whom, for how long, in which volume. As CEL; precedence is that of `core/injection`.
import { falseTexts, longestExpiration, shortestExpiration, trueTexts } from '../injection/index.ts';
import { celLiteral } from './cel.ts';
import { isGiven, itemsAt, type Variable } from './variable.ts';

const profile = 'variables.profile';
const keyOf = (name: string) => `${profile}.annotationPrefix + '/${name}'`;
const annotated = (name: string) => isGiven('variables.account', keyOf(name));

/** Beyond it an integer is none of 64 bits. */
const greatestInteger = '9223372036854775807';
/** Digits, of the longest expiration; with more of them a number is greater. */
const mostDigits = String(longestExpiration).length;

const projectsToken = `has(v.projected) && has(v.projected.sources) && v.projected.sources.exists(s,
  has(s.serviceAccountToken) && has(s.serviceAccountToken.audience)
  && s.serviceAccountToken.audience == variables.audience && s.serviceAccountToken.path == ${profile}.tokenPath)`;

const expiration: readonly Variable[] = [
  {
    // The pod's annotation, then its service account's; what is no integer is passed over.
    name: 'integers',
    expression: `[variables.annotations, variables.account]
  .filter(a, ${isGiven('a', keyOf('token-expiration'))} && a[${keyOf('token-expiration')}].matches('^[+-]?[0-9]+$'))
  .map(a, a[${keyOf('token-expiration')}])
  .map(t, {'isNegative': dyn(t.startsWith('-')), 'digits': dyn(t.find('[1-9][0-9]*$'))})
  .filter(n, n.digits.size() < ${greatestInteger.length} || (n.digits.size() == ${greatestInteger.length} && n.digits <= '${greatestInteger}'))`,
  },
  {
    name: 'seconds',
    expression: `variables.integers.size() == 0 ? ${profile}.tokenExpiration
  : variables.integers[0].isNegative || variables.integers[0].digits == '' ? 0
  : variables.integers[0].digits.size() > ${mostDigits} ? ${longestExpiration}
  : int(variables.integers[0].digits)`,
  },
  {
    name: 'expiration',
    expression: `variables.seconds < ${shortestExpiration} ? ${shortestExpiration}
  : variables.seconds > ${longestExpiration} ? ${longestExpiration} : variables.seconds`,
  },
];

/** `foreign` volumes of our name are neither taken for ours nor doubled. */
const volume: readonly Variable[] = [
  { name: 'volumes', expression: itemsAt('object.spec', 'volumes') },
  {
    name: 'foreign',
    expression: `variables.volumes.filter(v, v.name.startsWith(${profile}.volumeName) && !(${projectsToken})).map(v, v.name)`,
  },
  {
    name: 'volume',
    expression: `([${profile}.volumeName] + variables.foreign.transformList(i, v, ${profile}.volumeName + '-' + string(i + 2)))
  .filter(n, !(n in variables.foreign))[0]`,
  },
  { name: 'hasVolume', expression: 'variables.volumes.exists(v, v.name == variables.volume)' },
];

/** Needs `profile`, `account` and `annotations`. */
export const tokenVariables: readonly Variable[] = [
  {
    name: 'audience',
    expression: `${annotated('audience')} ? variables.account[${keyOf('audience')}] : ${profile}.audience`,
  },
  {
    name: 'regionalSts',
    expression: `!${annotated('sts-regional-endpoints')} ? ${profile}.regionalSts
  : variables.account[${keyOf('sts-regional-endpoints')}] in ${celLiteral(trueTexts)} ? true
  : variables.account[${keyOf('sts-regional-endpoints')}] in ${celLiteral(falseTexts)} ? false : ${profile}.regionalSts`,
  },
  ...expiration,
  ...volume,
];
