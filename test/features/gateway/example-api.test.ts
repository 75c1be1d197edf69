// The example API behind the gateway, as its own process: what the route table allows is served.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

async function startExample(): Promise<string> {
  const child = spawn(process.execPath, ['examples/platform-api/server.mjs'], {
    env: { ...process.env, PORT: '0' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const line: unknown[] = await once(createInterface(child.stdout), 'line');
  return `http://127.0.0.1:${String(line[0]).replace('listening on ', '')}`;
}

test('HEAD is served as GET, as the route table judges it', async () => {
  const url = await startExample();
  for (const [path, status] of [
    ['/v1/instances', 200],
    ['/v1/instances/web-1', 200],
    ['/v1/instances/none', 404],
    ['/v1/instances/web-1/reboot', 404],
  ] as const) {
    const [got, head] = [await fetch(url + path), await fetch(url + path, { method: 'HEAD' })];
    expect([path, got.status, head.status]).toEqual([path, status, status]);
    expect(await head.text()).toBe('');
  }
});
