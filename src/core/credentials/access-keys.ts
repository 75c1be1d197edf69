// Access keys and unique ids in the forms that AWS's clients and users know (AWS IAM User Guide, "IAM identifiers",
// "Understanding unique ID prefixes"): a prefix that says what it is, then characters of A–Z and 2–7.

/** `ASIA` for sessions, `AKIA` for an account's own key. */
export type AccessKeyPrefix = 'ASIA' | 'AKIA';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

type RandomBytes = (count: number) => Uint8Array;

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const keyIdCharacters = 16;
const roleIdCharacters = 17;
/** 40 characters of base64 have room for these: 240 bits. */
const secretBytes = 30;

/** RFC 4648, section 6, the first `characters` of it. */
function encodeBase32(bytes: Uint8Array, characters: number): string {
  let text = '';
  let pending = 0;
  let bits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5 && text.length < characters) {
      bits -= 5;
      text += base32[(pending >> bits) & 31] ?? '';
    }
  }
  return text;
}

const randomCharacters = (characters: number, randomBytes: RandomBytes) =>
  encodeBase32(randomBytes(Math.ceil((characters * 5) / 8)), characters);

/** A new key: 80 random bits in its id, 240 in its secret. */
export function newAccessKey(prefix: AccessKeyPrefix, randomBytes: RandomBytes): AccessKey {
  return {
    accessKeyId: `${prefix}${randomCharacters(keyIdCharacters, randomBytes)}`,
    secretAccessKey: Buffer.from(randomBytes(secretBytes)).toString('base64'),
  };
}

/** Characters that tell the millisecond: 40 bits of it, which come round in 34 years. */
const timeBytes = 5;

/**
 * A session's key, whose id begins with the time: those of one moment lie together in the registry's index, which then
 * writes a page where it would write many. 40 random bits beside it, 240 in the secret.
 * @param now milliseconds since the epoch
 */
export function newSessionKey(now: number, randomBytes: RandomBytes): AccessKey {
  const bytes = Buffer.alloc(timeBytes);
  bytes.writeUIntBE(now % 2 ** (8 * timeBytes), 0, timeBytes);
  const time = encodeBase32(bytes, (timeBytes * 8) / 5);
  return {
    accessKeyId: `ASIA${time}${randomCharacters(keyIdCharacters - time.length, randomBytes)}`,
    secretAccessKey: Buffer.from(randomBytes(secretBytes)).toString('base64'),
  };
}

/** A role's unique id: `AROA` and 17 characters, never used again. */
export function newRoleId(randomBytes: RandomBytes): string {
  return `AROA${randomCharacters(roleIdCharacters, randomBytes)}`;
}

/** A managed policy's unique id: `ANPA` and 17 characters, never used again. */
export function newPolicyId(randomBytes: RandomBytes): string {
  return `ANPA${randomCharacters(roleIdCharacters, randomBytes)}`;
}

const accessKeyIdShape = /^(ASIA|AKIA)[A-Z2-7]{16}$/;

/** What kind of key an id names; undefined for anything that is no access key id. */
export function accessKeyPrefix(accessKeyId: string): AccessKeyPrefix | undefined {
  const prefix = accessKeyIdShape.exec(accessKeyId)?.[1];
  return prefix === 'ASIA' || prefix === 'AKIA' ? prefix : undefined;
}
