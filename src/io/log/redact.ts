// What must not reach a log, taken out of facts by name and by shape. The second line of defence: the first is that
// nobody hands a secret to the logger.

/** Names in lower case, without `-` and `_`. */
const secretNames = new Set([
  'authorization',
  'cookie',
  'setcookie',
  'proxyauthorization',
  'token',
  'accesstoken',
  'idtoken',
  'refreshtoken',
  'bearer',
  'bearertoken',
  'webidentitytoken',
  'sessiontoken',
  'securitytoken',
  'xamzsecuritytoken',
  'xamzsignature',
  'signature',
  'secret',
  'secretaccesskey',
  'secretkey',
  'clientsecret',
  'password',
  'passphrase',
  'privatekey',
  'signingkey',
  'sealingkey',
  'keyencryptionkey',
]);

const redacted = '[redacted]';

const longestText = 2000;
const deepest = 6;

/** A JWS or JWE in compact form begins with base64url of `{"`; session tokens and Bearer strings, with their form's name. */
const tokenShape = /(?:eyJ|\bP1\.[\w-]{1,32}\.|podiam_(?:session|operator)\.)[\w.-]*/g;

export function redactText(text: string): string {
  const cut = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  return cut.replace(tokenShape, redacted);
}

/** A copy that is fit for the log: plain values only, errors as name, message, code and stack. */
export function redactFacts(facts: object, depth = 0): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, isSecret(name) ? redacted : redact(value, depth + 1)]),
  );
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redactError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= deepest) return '[…]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return redactFacts(value, depth);
}

function redactError(error: Error): Readonly<Record<string, unknown>> {
  return {
    name: error.name,
    message: redactText(error.message),
    ...('code' in error && { code: String(error.code) }),
    ...(error.stack !== undefined && { stack: redactText(error.stack) }),
  };
}

function isSecret(name: string): boolean {
  return secretNames.has(name.toLowerCase().replace(/[-_]/g, ''));
}
