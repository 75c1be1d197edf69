// Data in the Common Expression Language: whatever a value holds, its literal is that value and nothing else. All that
// varies between installations enters expressions here.
// Source: CEL language definition, "Lexis" (STRING_LIT, ESCAPE, INT_LIT) and "Aggregate Values".

/** What has a literal. Members that are undefined are left out. */
export type CelData =
  | string
  | number
  | boolean
  | readonly CelData[]
  | { readonly [member: string]: CelData | undefined };

const printableAscii = /[\x20-\x7e]/;

function escaped(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`;
  if (printableAscii.test(character)) return character;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/** A string literal in printable ASCII. Half a surrogate pair has none: it becomes U+FFFD, as in UTF-8. */
export function celString(text: string): string {
  return `'${Array.from(text.toWellFormed(), escaped).join('')}'`;
}

function isList(data: CelData): data is readonly CelData[] {
  return Array.isArray(data);
}

/** API servers want all items of a literal to be of one type, unless each says that it may be any. */
function ofAnyType(data: CelData): string {
  return `dyn(${celLiteral(data)})`;
}

/** @param data numbers in it are safe integers */
export function celLiteral(data: CelData): string {
  if (typeof data === 'string') return celString(data);
  if (typeof data === 'number' || typeof data === 'boolean') return String(data);
  if (isList(data)) return `[${data.map((item) => celLiteral(item)).join(', ')}]`;
  const members = Object.entries(data).flatMap(([name, member]) =>
    member === undefined ? [] : [`${celString(name)}: ${ofAnyType(member)}`],
  );
  return `{${members.join(', ')}}`;
}
