// Who signs the certificates of API servers, from a file that is looked at again: a mounted ConfigMap changes by a link.
import { readCertificates } from '../../core/certificates/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import { onlyCertified } from '../../features/webhook/index.ts';
import { readText } from '../../io/files/index.ts';
import type { Log } from '../../io/log/index.ts';

const everyMs = 5_000;

/** The file's text, PEM. @throws RefusedError `client-authority-unfit` */
async function readAuthority(file: string): Promise<string> {
  try {
    const text = await readText(file);
    const certificates = readCertificates(text, file);
    if (certificates instanceof Refusal) throw new RefusedError(certificates);
    return text;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new RefusedError(refuse('client-authority-unfit', { problem: error.refusal.sentence }), { cause: error });
  }
}

export interface ClientAuthority {
  /** What it holds at the start (PEM); undefined where no client is asked for a certificate. */
  readonly first: string | undefined;
  readonly guard: (handler: HttpHandler) => HttpHandler;
  /** Hands on what it holds whenever that changes and is fit. @returns ends that */
  readonly follow: (trust: (text: string) => void) => () => void;
}

const everyone: ClientAuthority = { first: undefined, guard: (handler) => handler, follow: () => () => {} };

/** While the file is unfit the last good authorities stay, which is told once. */
function follow(file: string, first: string, log: Pick<Log, 'info' | 'error'>, trust: (text: string) => void) {
  let [trusted, said] = [first, ''];
  const look = async () => {
    try {
      const text = await readAuthority(file);
      if (text !== trusted) {
        trust(text);
        log.info('trusts other client certificates', { file });
      }
      [trusted, said] = [text, ''];
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown';
      if (problem !== said) log.error('the last good client authorities stay', { file, problem });
      said = problem;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return () => clearInterval(timer);
}

/** @param file undefined where everyone may ask. @throws RefusedError `client-authority-unfit`: nobody is let in instead */
export async function openClientAuthority(
  file: string | undefined,
  log: Pick<Log, 'info' | 'error'>,
): Promise<ClientAuthority> {
  if (file === undefined) return everyone;
  const first = await readAuthority(file);
  return { first, guard: onlyCertified, follow: (trust) => follow(file, first, log, trust) };
}
