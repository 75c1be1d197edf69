// JSON read so that no two readers of the same text can disagree: RFC 8259's grammar and nothing else, no member twice
// (JSON.parse silently keeps the last), no `__proto__`, bounded depth, one pass, and every problem with its line and column.

/** What a text says, or why it is not taken: one sentence that begins with line and column, both counted from 1. */
export type StrictJson = { readonly value: unknown } | { readonly problem: string };

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value that came from JSON, or YAML, is an object of it: neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const deepest = 64;
const longestEcho = 60;
const numberShape = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const escapeShape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

const words: Readonly<Record<string, { readonly text: string; readonly value: boolean | null }>> = {
  t: { text: 'true', value: true },
  f: { text: 'false', value: false },
  n: { text: 'null', value: null },
};

/** Thrown by the reader and caught by `parseStrictJson` only: nothing leaves this file by throwing. */
class JsonProblem extends Error {}

function shorten(text: string): string {
  return text.length > longestEcho ? `${text.slice(0, longestEcho)}…` : text;
}

class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) {
      this.#unexpected('the end of the document');
    }
    return value;
  }

  #value(): unknown {
    const first = this.#text[this.#at];
    if (first === '"') {
      return this.#string();
    }
    if (first === '{') {
      return this.#nested(() => this.#object());
    }
    if (first === '[') {
      return this.#nested(() => this.#array());
    }
    const word = first === undefined ? undefined : words[first];
    if (word !== undefined && this.#text.startsWith(word.text, this.#at)) {
      this.#at += word.text.length;
      return word.value;
    }
    return this.#number();
  }

  #nested<Value>(read: () => Value): Value {
    if (this.#depth === deepest) {
      this.#fail(this.#at, `nested deeper than ${deepest} levels`);
    }
    this.#depth += 1;
    this.#at += 1;
    this.#skipSpace();
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    if (this.#take('}')) {
      return object;
    }
    do {
      this.#skipSpace();
      const name = this.#memberName(object);
      this.#skipSpace();
      if (!this.#take(':')) {
        this.#unexpected('`:` after a member name');
      }
      this.#skipSpace();
      object[name] = this.#value();
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take('}')) {
      this.#unexpected('`,` or `}`');
    }
    return object;
  }

  #memberName(object: object): string {
    const start = this.#at;
    if (this.#text[start] !== '"') {
      this.#unexpected('a member name in double quotes');
    }
    const name = this.#string();
    if (name === '__proto__') {
      this.#fail(start, 'the member name `__proto__` is not taken');
    }
    if (Object.hasOwn(object, name)) {
      this.#fail(start, `the member \`${shorten(name)}\` is there twice`);
    }
    return name;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    if (this.#take(']')) {
      return array;
    }
    do {
      this.#skipSpace();
      array.push(this.#value());
      this.#skipSpace();
    } while (this.#take(','));
    if (!this.#take(']')) {
      this.#unexpected('`,` or `]`');
    }
    return array;
  }

  #string(): string {
    const start = this.#at;
    let at = start + 1;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        break;
      }
      if (code === 0x5c) {
        at = this.#escapeEnd(at);
        escaped = true;
      } else if (code >= 0x20) {
        at += 1;
      } else {
        // Below U+0020, or NaN behind the last character.
        this.#fail(
          at,
          Number.isNaN(code) ? 'the document ends inside a string' : 'a control character inside a string',
        );
      }
    }
    this.#at = at + 1;
    const raw = this.#text.slice(start, this.#at);
    // Its escapes were checked above, so JSON.parse only decodes here.
    return escaped ? String(JSON.parse(raw)) : raw.slice(1, -1);
  }

  #escapeEnd(at: number): number {
    escapeShape.lastIndex = at;
    if (!escapeShape.test(this.#text)) {
      this.#fail(at, 'an escape that JSON does not have');
    }
    return escapeShape.lastIndex;
  }

  #number(): number {
    numberShape.lastIndex = this.#at;
    if (!numberShape.test(this.#text)) {
      this.#unexpected('a value');
    }
    const raw = this.#text.slice(this.#at, numberShape.lastIndex);
    this.#at = numberShape.lastIndex;
    return Number(raw);
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) {
        return;
      }
      this.#at += 1;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) {
      return false;
    }
    this.#at += 1;
    return true;
  }

  #unexpected(expected: string): never {
    const code = this.#text.codePointAt(this.#at);
    const found = code === undefined ? 'the document ends' : `found \`${String.fromCodePoint(code)}\``;
    this.#fail(this.#at, `expected ${expected}, ${found}`);
  }

  #fail(at: number, problem: string): never {
    const before = this.#text.slice(0, at).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    throw new JsonProblem(`line ${before.length}, column ${column}: ${problem}`);
  }
}

/**
 * The value of a JSON text (RFC 8259), read strictly: a member name twice in an object, the member name `__proto__` and
 * more than 64 levels are problems, as is everything that the grammar does not have. Takes time linear in the text's
 * length, which the caller caps.
 */
export function parseStrictJson(text: string): StrictJson {
  try {
    return { value: new JsonReader(text).document() };
  } catch (error) {
    if (error instanceof JsonProblem) {
      return { problem: error.message };
    }
    throw error;
  }
}
