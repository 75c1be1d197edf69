// Which case files of injection come out differently under a policy, and by which limit. A real API server says whether
// this is so, of every case; the documentation's table is made of it.
import type { InjectionCase } from '../injection/cases.ts';

/** Whoever decided the case, or warns of it, is none that a policy could ask. */
const deciders: readonly { readonly mark: string; readonly limit: string }[] = [
  { mark: '(mapping, ', limit: 'central-mapping' },
  { mark: 'entry of the mapping', limit: 'central-mapping' },
  { mark: '(list of identities)', limit: 'container-credentials' },
];

/** The name of the limit; undefined where the policy does what the webhook does. @param outcome what the case expects */
export function limitOf(outcome: Readonly<Record<string, unknown>>): string | undefined {
  const told = [outcome['reason'], outcome['warnings']].flat().join(' ');
  return deciders.find(({ mark }) => told.includes(mark))?.limit;
}

/** Of a case that expects an outcome. */
export function expectedOf({ expected }: InjectionCase): Readonly<Record<string, unknown>> {
  return typeof expected === 'object' && expected !== null ? { ...expected } : {};
}

/** The name of a case without its file's ending. */
export const caseName = (file: string) => file.replace(/\.case\.yaml$/, '');
