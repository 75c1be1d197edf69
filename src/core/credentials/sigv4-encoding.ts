// Percent-encoding as AWS Signature Version 4 has it: every byte but the unreserved characters of RFC 3986, section 2.3,
// with upper-case digits. Texts here are byte strings: one character per byte, as they came off the wire.

const unreserved = /^[A-Za-z0-9._~-]*$/;
const unreservedCharacter = /[A-Za-z0-9._~-]/;

const encodings: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return unreservedCharacter.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** What a text that is no byte string has; header values and request targets that are checked before have none. */
const beyondBytes = /[\u0100-\uFFFF]/;

export const isByteString = (text: string): boolean => !beyondBytes.test(text);

export function encodeBytes(bytes: string): string {
  if (unreserved.test(bytes)) return bytes;
  let encoded = '';
  for (let i = 0; i < bytes.length; i += 1) encoded += encodings[bytes.charCodeAt(i)] ?? '';
  return encoded;
}

const brokenEscape = /%(?![0-9A-Fa-f]{2})/;

/** The bytes; undefined where a `%` is not followed by two hexadecimal digits. */
export function decodeBytes(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (brokenEscape.test(text)) return undefined;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
