// Tokens for issuers of our own making, such as the stand-in cluster of `podiam up`: JWS compact serialization (RFC 7515,
// section 3.1). Signing is the caller's: it holds the private key.

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * @param header with `alg` and `kid`, as the signing key has them
 * @param sign signs bytes with that `alg`; ECDSA signatures as r and s side by side (RFC 7518, section 3.4)
 */
export async function encodeJwt(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<string> {
  const signingInput = `${part(header)}.${part(claims)}`;
  const signature = await sign(Buffer.from(signingInput));
  return `${signingInput}.${Buffer.from(signature).toString('base64url')}`;
}
