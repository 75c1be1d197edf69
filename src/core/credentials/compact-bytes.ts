// Texts and numbers as few bytes: each text stands with its length, in the shortest of a few forms. For what is
// authenticated as a whole, such as a session token; read back, it is the same or a problem.

interface TextForm {
  readonly fits: (text: string) => boolean;
  /** How the text stands in bytes: which encoding of which text. */
  readonly encoding: 'utf8' | 'base64' | 'hex';
  readonly prepare: (text: string) => string;
  readonly restore: (text: string) => string;
}

const base64Shape = /^[A-Za-z0-9+/]{8,}$/;
const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const hyphensOfUuid = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
const asItIs = (text: string) => text;

/** By their place in this list, which is part of the format: rows are only ever added, four at most. */
const textForms: readonly [TextForm, ...TextForm[]] = [
  { fits: () => true, encoding: 'utf8', prepare: asItIs, restore: asItIs },
  {
    // Secrets and account ids: four characters in three bytes.
    fits: (text) => text.length % 4 === 0 && base64Shape.test(text),
    encoding: 'base64',
    prepare: asItIs,
    restore: asItIs,
  },
  {
    // Kubernetes' uids: 36 characters in 16 bytes.
    fits: (text) => text.length === 36 && uuidShape.test(text),
    encoding: 'hex',
    prepare: (text) => text.replaceAll('-', ''),
    restore: (text) => text.replace(hyphensOfUuid, '$1-$2-$3-$4-$5'),
  },
];
/** A shorter text stands as it is: the few bytes are not worth the time. */
const shortestPacked = 16;
const formBits = 2;
const timeBytes = 6;
const longestNumber = 8;
const usualBytes = 512;

export class ByteWriter {
  #bytes = Buffer.allocUnsafe(usualBytes);
  #length = 0;

  /** Seven bits a byte, the lowest first (as in LEB128). */
  number(value: number): void {
    this.#makeRoom(longestNumber);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  /** Milliseconds from 0 to 2⁴⁸ − 1. @throws RangeError for any other */
  time(value: number): void {
    this.#makeRoom(timeBytes);
    this.#length = this.#bytes.writeUIntBE(value, this.#length, timeBytes);
  }

  text(value: string): void {
    const index = value.length < shortestPacked ? 0 : textForms.findLastIndex(({ fits }) => fits(value));
    if (index > 0 || !this.#ascii(value)) this.#encoded(value, index);
  }

  /** Most texts by far, in a tenth of the time; false where there is another character, and nothing is written. */
  #ascii(value: string): boolean {
    const start = this.#length;
    this.number(value.length * 2 ** formBits);
    this.#makeRoom(value.length);
    const bytes = this.#bytes;
    const from = this.#length;
    let isAscii = true;
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at);
      isAscii &&= code <= 0x7f;
      bytes[from + at] = code;
    }
    this.#length = isAscii ? from + value.length : start;
    return isAscii;
  }

  #encoded(value: string, index: number): void {
    const form = textForms[index] ?? textForms[0];
    const prepared = form.prepare(value);
    const length = Buffer.byteLength(prepared, form.encoding);
    this.number(length * 2 ** formBits + index);
    this.#makeRoom(length);
    this.#length += this.#bytes.write(prepared, this.#length, form.encoding);
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Thrown where the bytes are none that a `ByteWriter` writes; whoever reads catches it. */
export class BytesProblem extends Error {}

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let unit = 1; unit <= 0x80 ** 4; unit *= 0x80) {
      const byte = this.#take(1)[0] ?? 0;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
    }
    throw new BytesProblem();
  }

  time(): number {
    return this.#take(timeBytes).readUIntBE(0, timeBytes);
  }

  text(): string {
    const head = this.number();
    const form = textForms[head % 2 ** formBits];
    if (!form) throw new BytesProblem();
    return form.restore(this.#take(Math.floor(head / 2 ** formBits)).toString(form.encoding));
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new BytesProblem();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
