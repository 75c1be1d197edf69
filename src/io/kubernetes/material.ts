// Credentials as texts, looked at before they are used: what is wrong with one is said without quoting it.
import { createPrivateKey, X509Certificate } from 'node:crypto';

/** Returns what is wrong, as the end of a sentence, or undefined. */
export type Vetting = (text: string) => string | undefined;

const longestToken = 64 * 1024;
const tokenShape = /^[\x21-\x7e]+$/;

/** A token becomes a header: one line, no spaces (RFC 6750, section 2.1, with what tokens in the field have besides). */
export const tokenProblem: Vetting = (text) => {
  const token = text.trim();
  if (token === '') return 'is empty';
  if (token.length > longestToken) return `is longer than ${longestToken} characters`;
  return tokenShape.test(token) ? undefined : 'has characters that no token has';
};

export const certificateProblem: Vetting = (text) => {
  try {
    return new X509Certificate(text).serialNumber === '' ? 'is no certificate in PEM' : undefined;
  } catch {
    return 'is no certificate in PEM';
  }
};

export const keyProblem: Vetting = (text) => {
  try {
    createPrivateKey(text);
    return undefined;
  } catch {
    return 'is no unencrypted private key in PEM';
  }
};

/** Whether the key is that of the (first) certificate; both were vetted. */
export function belongTogether(cert: string, key: string): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}
