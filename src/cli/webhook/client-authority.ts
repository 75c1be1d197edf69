// Who signs the certificates of API servers, from a file that is looked at again: a mounted ConfigMap changes by a link.
import { readCertificates } from '../../core/certificates/index.ts';
import { followLastGood } from '../../core/memory/index.ts';
import { Refusal, RefusedError, refuse } from '../../core/refusals/index.ts';
import type { HttpHandler } from '../../core/wire/index.ts';
import { onlyCertified, vetCertified } from '../../features/webhook/index.ts';
import { readText } from '../../io/files/index.ts';
import type { ServeOptions } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';
import { after } from './clock.ts';

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
  /** Guards already when the head of a request is there. */
  readonly vet: NonNullable<ServeOptions['vet']>;
  /** Hands on what it holds whenever that changes and is fit. @returns ends that */
  readonly follow: (trust: (text: string) => void) => () => void;
}

const everyone: ClientAuthority = {
  first: undefined,
  guard: (handler) => handler,
  vet: () => undefined,
  follow: () => () => {},
};

/** While the file is unfit the last good authorities stay, which is told once. */
function follow(file: string, first: string, log: Pick<Log, 'info' | 'error'>, trust: (text: string) => void) {
  const followed = followLastGood<string>({
    first,
    read: () => readAuthority(file),
    use: (text) => {
      trust(text);
      log.info('trusts other client certificates', { file });
    },
    onUnfit: ({ message: problem }, { isNews }) => {
      if (isNews) log.error('the last good client authorities stay', { file, problem });
    },
    every: everyMs,
    after,
  });
  return () => followed.stop();
}

/** @param file undefined where everyone may ask. @throws RefusedError `client-authority-unfit`: nobody is let in instead */
export async function openClientAuthority(
  file: string | undefined,
  log: Pick<Log, 'info' | 'error'>,
): Promise<ClientAuthority> {
  if (file === undefined) return everyone;
  const first = await readAuthority(file);
  return { first, guard: onlyCertified, vet: vetCertified, follow: (trust) => follow(file, first, log, trust) };
}
