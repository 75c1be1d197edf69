// What the operating system says went wrong, in words.
import { getSystemErrorMessage } from 'node:util';

/** Such as `permission denied`; the error's own code where the system has no words for it. */
export function systemProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const number = 'errno' in error ? error.errno : undefined;
  if (typeof number === 'number' && number < 0) return getSystemErrorMessage(number);
  return 'code' in error ? String(error.code) : error.message;
}
