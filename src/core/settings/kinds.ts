// The kinds of settings: how the text of a flag, a variable or a file's member becomes a value, or what is wrong with it.

/** The member of a value that has members where something is wrong. */
export interface Place {
  /** From the value on, such as `[0].region`. */
  readonly path: string;
  readonly raw: unknown;
  /** What that member means. */
  readonly summary: string;
}

/** What is wrong with a raw value, as the end of the sentence "NAME is 'x', which …". */
export class Problem {
  readonly text: string;
  /** Undefined where the value as a whole is meant. */
  readonly place: Place | undefined;

  constructor(text: string, place?: Place) {
    this.text = text;
    this.place = place;
  }
}

/** A raw value: text from flags and variables, anything that YAML has from a file. */
export type RawValue = unknown;

export interface Setting<Value> {
  /** One line for `--help` and the reference page. */
  readonly summary: string;
  /** What stands for the value in `--help`, such as `FOLDER`; empty for a switch. */
  readonly placeholder: string;
  readonly fallback: Value;
  readonly read: (raw: RawValue) => Value | Problem;
  /** No flag or variable could hold it: it is a member of the configuration file alone. */
  readonly isFileOnly?: true;
  /** It opens something: shown to nobody, not even to who set it. */
  readonly isSecret?: true;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type ValuesOf<Definitions extends Settings> = {
  readonly [Name in keyof Definitions]: Definitions[Name] extends Setting<infer Value> ? Value : never;
};

export function text<Value extends string | undefined>(options: {
  summary: string;
  placeholder: string;
  fallback: Value;
  isSecret?: true;
}): Setting<string | Value> {
  return {
    ...options,
    read: (raw) => (typeof raw === 'string' && raw !== '' ? raw : new Problem('is no text')),
  };
}

export function texts(options: { summary: string; placeholder: string }): Setting<readonly string[]> {
  return {
    ...options,
    fallback: [],
    read: (raw) => {
      const list = Array.isArray(raw) ? raw : [raw];
      const all = list.filter((item) => typeof item === 'string');
      return all.length === list.length ? all : new Problem('is no list of texts');
    },
  };
}

export function oneOf<const Choice extends string, Fallback extends NoInfer<Choice> | undefined>(options: {
  summary: string;
  choices: readonly Choice[];
  fallback: Fallback;
}): Setting<Choice | Fallback> {
  const { summary, choices, fallback } = options;
  return {
    summary: `${summary} (${choices.join(', ')})`,
    placeholder: 'WORD',
    fallback,
    read: (raw) => choices.find((choice) => choice === raw) ?? new Problem(`is none of ${choices.join(', ')}`),
  };
}

export function wholeNumber<Fallback extends number | undefined>(options: {
  summary: string;
  placeholder: string;
  least: number;
  most: number;
  fallback: Fallback;
}): Setting<number | Fallback> {
  const { least, most } = options;
  return {
    ...options,
    read: (raw) => {
      const value = typeof raw === 'string' && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
      return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : new Problem(`is no whole number from ${least} to ${most}`);
    },
  };
}

const yes = new Set<unknown>([true, 'true', '1', 'yes', 'on']);
const no = new Set<unknown>([false, 'false', '0', 'no', 'off']);

/** A switch: the bare flag says yes; a variable or a file says true or false. */
export function toggle(options: { summary: string; fallback?: boolean }): Setting<boolean> {
  return {
    summary: options.summary,
    placeholder: '',
    fallback: options.fallback ?? false,
    read: (raw) => (yes.has(raw) ? true : no.has(raw) ? false : new Problem('is neither true nor false')),
  };
}
