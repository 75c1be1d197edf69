// Base64url without padding (RFC 4648, section 5; RFC 7515, section 2), read so that every text has one spelling only.

/**
 * The bytes of `text`; undefined where it has padding, white space, a foreign character or stray bits at its end: two
 * spellings of the same bytes would make two tokens of one.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
