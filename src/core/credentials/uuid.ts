// UUIDs (RFC 9562) in their usual text.

function uuidOf(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A random one (section 5.4), as the `/v2` API names what it keeps. */
export function newUuid(randomBytes: (count: number) => Uint8Array): string {
  return uuidOf(Buffer.from(randomBytes(16)), 4);
}

/**
 * One that begins with the time (section 5.7): requests of one moment lie together in the registry's indexes.
 * @param now milliseconds since the epoch
 */
export function newTimeOrderedUuid(now: number, randomBytes: (count: number) => Uint8Array): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes.writeUIntBE(now, 0, 6);
  return uuidOf(bytes, 7);
}
