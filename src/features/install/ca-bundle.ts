// The caBundle from a file of certificates. It is read by everyone who may look at webhook configurations, so that nothing
// but certificates gets there, whatever file was named.
import { readCertificates } from '../../core/certificates/index.ts';
import { Refusal } from '../../core/refusals/index.ts';

const begin = '-----BEGIN ';
const ofCertificate = '-----BEGIN CERTIFICATE-----';

/** Whether a PEM block of the text is anything but a certificate (RFC 7468): a key, above all. */
function holdsAnythingElse(text: string): boolean {
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + begin.length)) {
    if (!text.startsWith(ofCertificate, at)) return true;
  }
  return false;
}

/** The certificates of a PEM text, without what is written beside them; undefined where it is not to be published. */
export function certificatesIn(text: string): string | undefined {
  if (holdsAnythingElse(text)) return undefined;
  const certificates = readCertificates(text, 'caBundle');
  if (certificates instanceof Refusal) return undefined;
  return certificates.map(({ pem }) => pem).join('');
}
