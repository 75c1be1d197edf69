// Which profiles a command line asks for outright, before it is read as a whole: how it is read depends on them.
import type { CommandLine } from './translation.ts';

const profileFlag = /^--?profile(?:=(.*))?$/s;

/** Those of the flags, else that of the variable; none where the command is left to choose. */
export function profilesAsked({ args, environment }: CommandLine): readonly string[] {
  const flags = args.flatMap((arg, i) => {
    const found = profileFlag.exec(arg);
    return found ? [found[1] ?? args[i + 1] ?? ''] : [];
  });
  const variable = environment['PODIAM_PROFILE'];
  return flags.length > 0 || !variable ? flags : [variable];
}
