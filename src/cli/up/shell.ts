// Lines that a person pastes into a shell.

/**
 * The value as a word of a POSIX shell: as it is where nothing in it means anything to one, else in single quotes, in
 * which only their own end does (POSIX.1-2024, Shell Command Language, 2.2.2).
 */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
