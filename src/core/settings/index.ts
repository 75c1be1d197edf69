export {
  oneOf,
  Problem,
  type RawValue,
  type Setting,
  type Settings,
  text,
  texts,
  toggle,
  type ValuesOf,
  wholeNumber,
} from './kinds.ts';
export { readMembers } from './members.ts';
export { environmentName, nearestName, type Origin, type Resolved, resolveSettings } from './resolve.ts';
