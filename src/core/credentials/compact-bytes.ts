// Texts and numbers as few bytes: each text stands with its length, in the shortest of a few forms. For what is
// authenticated as a whole, such as a session token; read back, it is the same or a problem.

interface TextForm {
  readonly fits: (text: string) => boolean;
  readonly pack: (text: string) => Buffer;
  readonly unpack: (bytes: Buffer) => string;
}

const base64Shape = /^[A-Za-z0-9+/]{8,}$/;
const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const hyphensOfUuid = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** By their place in this list, which is part of the format: rows are only ever added, four at most. */
const textForms: readonly TextForm[] = [
  { fits: () => true, pack: (text) => Buffer.from(text), unpack: (bytes) => bytes.toString() },
  {
    // Secrets and account ids: four characters in three bytes.
    fits: (text) => text.length % 4 === 0 && base64Shape.test(text),
    pack: (text) => Buffer.from(text, 'base64'),
    unpack: (bytes) => bytes.toString('base64'),
  },
  {
    // Kubernetes' uids: 36 characters in 16 bytes.
    fits: (text) => uuidShape.test(text),
    pack: (text) => Buffer.from(text.replaceAll('-', ''), 'hex'),
    unpack: (bytes) => bytes.toString('hex').replace(hyphensOfUuid, '$1-$2-$3-$4-$5'),
  },
];
const formBits = 2;
const timeBytes = 6;

export class ByteWriter {
  readonly #parts: Buffer[] = [];

  /** Seven bits a byte, the lowest first (as in LEB128). */
  number(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
    this.#parts.push(Buffer.from(bytes));
  }

  /** Milliseconds from 0 to 2⁴⁸ − 1. @throws RangeError for any other */
  time(value: number): void {
    const bytes = Buffer.alloc(timeBytes);
    bytes.writeUIntBE(value, 0, timeBytes);
    this.#parts.push(bytes);
  }

  text(value: string): void {
    const form = textForms.findLastIndex(({ fits }) => fits(value));
    const bytes = textForms[form]?.pack(value) ?? Buffer.alloc(0);
    this.number(bytes.length * 2 ** formBits + form);
    this.#parts.push(bytes);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
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
    return form.unpack(this.#take(Math.floor(head / 2 ** formBits)));
  }

  /** There is nothing left. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new BytesProblem();
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new BytesProblem();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
