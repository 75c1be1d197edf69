// Stands between a client and the platform, and keeps what is called and answered, in order; nothing of a signature or a key.
import { createServer, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface Called {
  readonly action: string;
  /** The form as it came. */
  readonly form: string;
  readonly status: number;
  readonly answer: string;
}

export interface Recorder {
  readonly url: string;
  readonly calls: readonly Called[];
}

/** @param target the platform's address, over HTTP */
export async function record(target: string): Promise<Recorder> {
  const { hostname: host, port } = new URL(target);
  const calls: Called[] = [];
  const server = createServer((asked, answered) => {
    const forward = async () => {
      const form = await buffer(asked);
      const { method, url: path, headers } = asked;
      // The host that was signed is what the platform has to see.
      const onward = request({ host, port, method, path, headers }, (response) => {
        void buffer(response).then((body) => {
          answered.writeHead(response.statusCode ?? 502, response.headers).end(body);
          const text = form.toString();
          const action = new URLSearchParams(text).get('Action') ?? '';
          calls.push({ action, form: text, status: response.statusCode ?? 502, answer: body.toString() });
        });
      });
      onward.on('error', () => answered.destroy());
      onward.end(form);
    };
    void forward();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  return { url: `http://127.0.0.1:${address.port}`, calls };
}
