// A listener of the platform: plain or over TLS, whose files are read again when they change.
import { type Network, originOf, readNetwork } from '../../core/addresses/index.ts';
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { type HttpHandler, headerValues } from '../../core/wire/index.ts';
import { type CertificateKeeper, keepPair } from '../../features/certificates/index.ts';
import { readText } from '../../io/files/index.ts';
import { type RunningServer, type ServeOptions, serve, type TlsMaterial } from '../../io/http/index.ts';
import type { Log } from '../../io/log/index.ts';
import { world } from '../up/world.ts';
import { type PlatformValues, platformSettings } from './settings.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Both files, or neither. @throws RefusedError `setting-required` */
export function tlsFiles(values: PlatformValues): TlsFiles | undefined {
  const { 'tls-cert': cert, 'tls-key': key } = values;
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  const setting = cert === undefined ? 'tls-cert' : 'tls-key';
  throw new RefusedError(refuse('setting-required', { setting, summary: platformSettings[setting].summary }));
}

async function readTls({ cert, key }: TlsFiles): Promise<TlsMaterial> {
  return { cert: await readText(cert), key: await readText(key) };
}

/** @throws RefusedError `setting-invalid` */
function readProxy(text: string): Network {
  const network = readNetwork(text);
  if (network !== undefined && network.prefix > 0) return network;
  const problem = network === undefined ? 'is no address or network' : 'is everybody, strangers too';
  const { summary } = platformSettings['trusted-proxies'];
  throw new RefusedError(refuse('setting-invalid', { name: '--trusted-proxies', value: text, problem, summary }));
}

/** Where requests come from, as the proxies in front tell it; undefined where there are none. @throws RefusedError `setting-invalid` */
export function originOfRequests(
  values: Pick<PlatformValues, 'trusted-proxies' | 'forwarded-header' | 'forwarded-proto'>,
): ServeOptions['origin'] {
  const { 'trusted-proxies': list = '', 'forwarded-header': header, 'forwarded-proto': hasScheme } = values;
  const texts = list.split(',').map((text) => text.trim());
  const networks = texts.filter((text) => text !== '').map(readProxy);
  if (networks.length === 0) return undefined;
  return (head) => {
    const schemes = hasScheme ? headerValues(head, 'x-forwarded-proto') : [];
    return originOf(head.peer, { lines: headerValues(head, header), schemes }, { networks, header });
  };
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly handler: HttpHandler;
  readonly tls: TlsFiles | undefined;
  readonly origin?: ServeOptions['origin'];
  readonly log: Log;
}

export interface Listener extends RunningServer {
  /** Milliseconds since the epoch. */
  readonly certificateExpiry: () => number | undefined;
}

const filesEveryMs = 5_000;
const graceMs = 10_000;

function keepCertificate(server: RunningServer, files: TlsFiles, log: Log): CertificateKeeper {
  return keepPair(
    {
      serve: (tls) => server.setTls(tls),
      read: async () => ({ certificate: await readText(files.cert), privateKey: await readText(files.key) }),
      now: world.now,
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
      log,
    },
    { where: `${files.cert}, ${files.key}`, every: filesEveryMs },
  );
}

/** @throws RefusedError as `serve` does, and where the files cannot be read at the start */
export async function openListener({ host, port, handler, tls, origin, log }: ListenerOptions): Promise<Listener> {
  const onError = (error: unknown, requestId?: string) => log.error('a listener met an error', { error, requestId });
  const material = tls && (await readTls(tls));
  const server = await serve({ host, port, handler, origin, onError, ...(material && { tls: material }) });
  const keeper = tls && keepCertificate(server, tls, log);
  return {
    ...server,
    certificateExpiry: () => keeper?.expiry().leaf,
    close: async (options) => {
      keeper?.stop();
      await server.close({ ...options, graceMs: options.graceMs || graceMs });
    },
  };
}
