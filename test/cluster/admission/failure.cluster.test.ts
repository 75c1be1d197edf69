// What becomes of pods while no webhook answers: gone, slow, or with a certificate that is over; and under which policy.

import { createServer } from 'node:https';
import { createServer as createPlainServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { issueLeaf, makeAuthority } from '../../../src/io/tls/index.ts';
import { annotate, injected, notInjected, pod, rolesIn, tryPod } from '../pods.ts';
import { useCluster } from '../use-cluster.ts';
import { type InstalledWebhook, installWebhook } from '../webhook.ts';

const cluster = useCluster();
const webhooks = new Map<string, InstalledWebhook>();
const policies = ['Fail', 'Ignore'] as const;

beforeAll(async () => {
  for (const policy of policies) {
    const name = `podiam-${policy.toLowerCase()}`;
    const labels = { policy };
    const install = ['--profile=aws', `--failure-policy=${policy}`, '--timeout-seconds=1'];
    webhooks.set(policy, await installWebhook(cluster(), { name, install, onlyNamespacesWith: labels }));
    await cluster().createNamespace(name, labels);
    await annotate(cluster(), name, 'web');
  }
  for (const namespace of ['kube-system', 'podiam-system']) {
    await cluster().api.call(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
      method: 'POST',
      body: { metadata: { name: 'default' } },
    });
  }
});
afterAll(async () => {
  for (const webhook of webhooks.values()) await webhook.uninstall();
});

function webhookOf(policy: string): InstalledWebhook {
  const webhook = webhooks.get(policy);
  if (!webhook) throw new Error(`no webhook under ${policy}`);
  return webhook;
}

const tryIn = (policy: string) => tryPod(cluster(), `podiam-${policy.toLowerCase()}`, pod('p', 'web'));

/** Leads the Service elsewhere until the test is over. */
function divert(policy: string, port: number | undefined): void {
  const webhook = webhookOf(policy);
  webhook.divert(port === undefined ? [] : [port]);
  onTestFinished(() => webhook.divert(undefined));
}

const portOf = (address: unknown) =>
  typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;

/** Takes connections and says nothing. */
async function startSilent(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createPlainServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return portOf(server.address());
}

const dayMs = 86_400_000;

/** Answers every review in the right name, but for a certificate that ended yesterday. */
async function startExpired(policy: string): Promise<number> {
  const webhook = webhookOf(policy);
  const { name, namespace } = webhook;
  // A replica that runs would set right whom the API server trusts.
  await webhook.stopAll();
  const past = { notBefore: Date.now() - 3 * dayMs, notAfter: Date.now() - dayMs };
  const authority = await makeAuthority('past', { ...past, notAfter: Date.now() + dayMs });
  const names = { commonName: name, dnsNames: [`${name}.${namespace}.svc`], ipAddresses: [] };
  const leaf = await issueLeaf(authority, names, past);
  await webhook.trust(authority.certificate);
  let asked = 0;
  const server = createServer({ cert: leaf.certificate, key: leaf.privateKey }, (_, response) => {
    asked += 1;
    response.end();
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    await webhook.startReplica();
    server.close();
    server.closeAllConnections();
    expect(asked).toBe(0);
  });
  return portOf(server.address());
}

describe.each(policies)('under failurePolicy %s', (policy) => {
  const expectOutcome = async () => {
    const { body, status } = await tryIn(policy);
    if (policy === 'Fail') {
      expect(status).toBe(500);
      expect(JSON.stringify(body['message'])).toContain('failed calling webhook');
    } else {
      expect(status).toBe(201);
      expect(rolesIn(body)).toEqual({ app: notInjected });
    }
  };

  test('a pod is injected while the webhook answers', async () => {
    expect(rolesIn((await tryIn(policy)).body)).toEqual({ app: injected });
  });

  test('F7 with all webhooks gone, pods are kept out under Fail and created bare under Ignore', async () => {
    divert(policy, undefined);
    await expectOutcome();
  });

  test('the same with a webhook that takes the call and does not answer in its time', async () => {
    divert(policy, await startSilent());
    await expectOutcome();
  });

  test('the same with one whose certificate is over', async () => {
    divert(policy, await startExpired(policy));
    await expectOutcome();
  });

  test('F7 pods of kube-system and of the webhook’s own namespace are never held up', async () => {
    divert(policy, undefined);
    for (const namespace of ['kube-system', 'podiam-system']) {
      const label = (policy: string | null) =>
        cluster().api.merge(`/api/v1/namespaces/${namespace}`, { metadata: { labels: { policy } } });
      await label(policy);
      onTestFinished(async () => {
        await label(null);
      });
      const { status } = await tryPod(cluster(), namespace, pod('p', 'default'));
      expect([namespace, status]).toEqual([namespace, 201]);
    }
  });

  test('and afterwards everything is as before', async () => {
    await expect.poll(async () => rolesIn((await tryIn(policy)).body), { timeout: 20_000 }).toEqual({ app: injected });
  });
});
