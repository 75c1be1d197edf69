// How condition operators read the values that are more than text. Each reader gives undefined for what it cannot read;
// none guesses.

/** More digits than a double tells apart would make different numbers equal. */
const mostDigits = 15;
const numberShape = /^[+-]?(\d{1,15})(?:\.(\d{1,15}))?$/;

/** A decimal number of at most 15 digits. */
export function readNumber(text: string): number | undefined {
  const [, whole, fraction = ''] = numberShape.exec(text) ?? [];
  if (whole === undefined || whole.length + fraction.length > mostDigits) return undefined;
  return Number(text);
}

const epochShape = /^-?\d{1,12}$/;
const yearShape = /^\d{4}$/;
const dateShape = /^(\d{4})-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(?:Z|([+-])(\d\d):(\d\d)))?)?$/;

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function offsetMinutes(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function readCalendarDate(text: string): number | undefined {
  const parts = dateShape.exec(text);
  if (parts === null) return undefined;
  const part = (index: number, absent: number) => (parts[index] === undefined ? absent : Number(parts[index]));
  const [year, month, day] = [part(1, 0), part(2, 1), part(3, 1)];
  const [hour, minute, second] = [part(4, 0), part(5, 0), part(6, 0)];
  const offset = offsetMinutes(parts[8], part(9, 0), part(10, 0));
  // Date.UTC takes the years 0 to 99 for the twentieth century's.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute - offset, second) + part(7, 0) * 1000;
}

/**
 * Milliseconds since the epoch, of a date in the forms of the W3C's profile of ISO 8601 (a time needs its zone) or of
 * seconds since the epoch. Four digits are a year.
 */
export function readDate(text: string): number | undefined {
  if (yearShape.test(text)) return readCalendarDate(`${text}-01`);
  return epochShape.test(text) ? Number(text) * 1000 : readCalendarDate(text);
}

export function readBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : undefined;
}

/** Base64 (RFC 4648, section 4) in its one canonical spelling, so that comparing texts compares bytes. */
export function readBinary(text: string): string | undefined {
  return Buffer.from(text, 'base64').toString('base64') === text ? text : undefined;
}
