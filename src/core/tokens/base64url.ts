// Base64url without padding (RFC 4648, section 5; RFC 7515, section 2), read so that every text has one spelling only.

const alphabet = /^[\w-]*$/;

/**
 * The bytes of `text`; undefined where it has padding, white space, a foreign character or stray bits at its end: two
 * spellings of the same bytes would make two tokens of one.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const rest = text.length % 4;
  if (rest === 1 || !alphabet.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  // The bits that fill up the last character are zero if the last bytes, spelled out again, are spelled as they were.
  return rest === 0 || bytes.subarray(1 - rest).toString('base64url') === text.slice(-rest) ? bytes : undefined;
}
