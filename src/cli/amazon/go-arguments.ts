// Command lines in the forms that Go's programs take (https://pkg.go.dev/flag, https://pkg.go.dev/github.com/spf13/pflag):
// one dash or two, `--flag=value` or `--flag value`, and a switch that never takes the argument behind it.

export type FlagForm = 'switch' | 'value';

interface Written {
  /** The arguments that it was written in. */
  readonly raw: readonly string[];
}

export type GoArgument =
  | (Written & { readonly kind: 'flag'; readonly name: string; readonly value: string })
  /** A flag that takes a value, at the end of the line. */
  | (Written & { readonly kind: 'valueless'; readonly name: string })
  /** It begins with a dash, and nobody knows it. */
  | (Written & { readonly kind: 'stranger' })
  /** A word, or what stands behind `--`. */
  | (Written & { readonly kind: 'word' });

interface Head {
  readonly name: string;
  /** Behind the equals sign, or the one letter. */
  readonly value: string | undefined;
}

/** @returns undefined for what is no flag */
function headOf(arg: string, formOf: (name: string) => FlagForm | undefined): Head | undefined {
  const [, dashes = '', rest = ''] = /^(--?)([^-=].*)$/s.exec(arg) ?? [];
  if (dashes === '') return undefined;
  const equals = rest.indexOf('=');
  const name = equals < 0 ? rest : rest.slice(0, equals);
  if (formOf(name) !== undefined) return { name, value: equals < 0 ? undefined : rest.slice(equals + 1) };
  // A letter has its value right behind it, as in -v4.
  const letter = rest.slice(0, 1);
  const isLetter = dashes === '-' && equals < 0 && formOf(letter) === 'value';
  return isLetter ? { name: letter, value: rest.slice(1) } : undefined;
}

/** One argument, with the next one where that is its value. */
function readOne(arg: string, next: string | undefined, formOf: (name: string) => FlagForm | undefined): GoArgument {
  const head = headOf(arg, formOf);
  if (head === undefined) return { kind: /^-./.test(arg) ? 'stranger' : 'word', raw: [arg] };
  const { name, value } = head;
  if (value !== undefined) return { kind: 'flag', name, value, raw: [arg] };
  if (formOf(name) === 'switch') return { kind: 'flag', name, value: 'true', raw: [arg] };
  if (next === undefined) return { kind: 'valueless', name, raw: [arg] };
  return { kind: 'flag', name, value: next, raw: [arg, next] };
}

/** @param formOf undefined for a name that is no flag's */
export function readGoArguments(
  args: readonly string[],
  formOf: (name: string) => FlagForm | undefined,
): readonly GoArgument[] {
  const found: GoArgument[] = [];
  for (let i = 0; i < args.length; ) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      for (const word of args.slice(i)) found.push({ kind: 'word', raw: [word] });
      break;
    }
    const one = readOne(arg, args[i + 1], formOf);
    found.push(one);
    i += one.raw.length;
  }
  return found;
}
