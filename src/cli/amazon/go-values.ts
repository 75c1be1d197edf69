// Values as Go's flags spell them, in the spelling that settings read. Undefined is for what Go would refuse, too.

import { falseTexts, trueTexts } from '../../core/injection/index.ts';

/** strconv.ParseBool (https://pkg.go.dev/strconv#ParseBool). */
export function readBoolean(text: string): string | undefined {
  if (trueTexts.includes(text)) return 'true';
  return falseTexts.includes(text) ? 'false' : undefined;
}

/** A zero before other digits says octal; an underscore stands between two digits. */
const integer = /^([+-]?)(0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?\d)*)$/;

/** strconv.ParseInt with base 0, where the prefix names the base: 443, 0x1bb, 0o673, 0673, 0b1, 10_000. */
export function readInteger(text: string): string | undefined {
  const [, sign, digits] = integer.exec(text) ?? [];
  if (digits === undefined || digits.length > 40) return undefined;
  const plain = digits.replaceAll('_', '').replace(/^0(?=[0-7])/, '0o');
  const value = Number(plain) * (sign === '-' ? -1 : 1);
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

const millisecondsOf: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const part = /(\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)/y;

/** time.ParseDuration, such as 100ms or 1m30s, as whole milliseconds, rounded up; below nothing is nothing. */
export function readMilliseconds(text: string): string | undefined {
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return '0';
  let sum = 0;
  part.lastIndex = 0;
  while (part.lastIndex < unsigned.length) {
    const [, number = '', unit = ''] = part.exec(unsigned) ?? [];
    if (unit === '') return undefined;
    sum += Number(number) * (millisecondsOf[unit] ?? 0);
  }
  if (unsigned === '') return undefined;
  return text.startsWith('-') ? '0' : String(Math.ceil(sum));
}
