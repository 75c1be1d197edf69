// What becomes of pods that are created while the webhooks are rolled, and while all of them are gone, under
// failurePolicy Fail.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../../src/core/injection/index.ts';
import type { NodeCluster } from '../node.ts';
import { pod, tryPod } from '../pods.ts';
import { kubectl, untilRolledOut, webhookName, webhookNamespace, webhookPods } from './installed.ts';

/** Service accounts by what must become of their pods. */
export interface Accounts {
  readonly injected: string;
  readonly refused: string;
}

const patience = { timeout: 90_000, interval: 300 };
const podShape = z.object({ spec: z.object({ volumes: z.array(z.object({ name: z.string() })).default([]) }) });
const hasToken = (value: unknown) => podShape.parse(value).spec.volumes.some(({ name }) => name === 'vultr-irsa-token');

/** In a word what became of a creation; whatever is not foreseen, in the API server's words. */
async function outcomeOf(cluster: NodeCluster, namespace: string, account: string): Promise<string> {
  const { body, status } = await tryPod(cluster, namespace, pod('p', account));
  if (status === 201) return hasToken(body) ? 'injected' : 'bare';
  const message = String(body['message']);
  if (status === 403 && message.includes('no ARN at all')) return 'refused';
  return message.includes('failed calling webhook') ? 'kept out' : `${status} ${message}`;
}

interface Creating {
  /** How often each outcome was seen, by service account. */
  readonly stop: () => Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
}

const clients = 4;

/** Creates pods of both service accounts by turns, as fast as they are answered. */
function keepCreating(cluster: NodeCluster, namespace: string, accounts: readonly string[]): Creating {
  const counts: Record<string, Record<string, number>> = {};
  const stopping = new AbortController();
  const work = async () => {
    while (!stopping.signal.aborted) {
      for (const account of accounts) {
        const outcome = await outcomeOf(cluster, namespace, account);
        const counted = (counts[account] ??= {});
        counted[outcome] = (counted[outcome] ?? 0) + 1;
      }
    }
  };
  const done = Promise.all(Array.from({ length: clients }, () => work()));
  return {
    stop: async () => {
      stopping.abort();
      await done;
      return counts;
    },
  };
}

/** Pods that no node takes: they are created, and that is all. */
function deploymentOf(name: string, replicas: number, account: string): JsonObject {
  const labels = { app: name };
  const { spec } = pod(name, account);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { ...z.looseObject({}).parse(spec), nodeSelector: { nowhere: 'yes' } } },
    },
  };
}

const listShape = z.object({ items: z.array(z.unknown()) });
const replicas = 60;

export function describeRolling(of: () => NodeCluster, namespace: string, accounts: Accounts): void {
  const both = [accounts.injected, accounts.refused];
  const names = async () => (await webhookPods(of())).map(({ name }) => name);
  const outcomes = () => Promise.all(both.map((account) => outcomeOf(of(), namespace, account)));

  const scale = (count: number) =>
    kubectl(of(), ['scale', `deployment/${webhookName}`, `--replicas=${count}`, `--namespace=${webhookNamespace}`]);

  describe('under failurePolicy Fail', () => {
    test('F8 F10 rolled while pods are created: none is missed, none fails, and none passes that must not', async () => {
      await expect.poll(outcomes, patience).toEqual(['injected', 'refused']);
      const before = await names();
      const creating = keepCreating(of(), namespace, both);
      await kubectl(of(), ['rollout', 'restart', `deployment/${webhookName}`, `--namespace=${webhookNamespace}`]);
      await of().api.create(
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
        deploymentOf('many', replicas, accounts.injected),
      );
      await untilRolledOut(of(), webhookNamespace, webhookName);
      // To the last: those that were asked to end serve on until the API server has left them.
      await expect.poll(async () => (await names()).filter((name) => before.includes(name)), patience).toEqual([]);
      const counts = await creating.stop();
      expect(counts).toEqual({
        [accounts.injected]: { injected: expect.any(Number) },
        [accounts.refused]: { refused: expect.any(Number) },
      });
      const { items } = listShape.parse(
        await of().api.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dmany`),
      );
      expect(items.map(hasToken)).toEqual(Array.from({ length: replicas }, () => true));
    });

    test('F7 all webhooks gone: pods are kept out, those of kube-system are not, and the webhooks come back by themselves', async () => {
      const creating = keepCreating(of(), namespace, both);
      const system = keepCreating(of(), 'kube-system', ['default']);
      await scale(0);
      const deletion = ['--all', '--force', '--grace-period=0', `--namespace=${webhookNamespace}`];
      await kubectl(of(), ['delete', 'pods', ...deletion]);
      await expect.poll(outcomes, patience).toEqual(['kept out', 'kept out']);
      await scale(2);
      await untilRolledOut(of(), webhookNamespace, webhookName);
      await expect.poll(outcomes, patience).toEqual(['injected', 'refused']);
      expect(await creating.stop()).toEqual({
        [accounts.injected]: { injected: expect.any(Number), 'kept out': expect.any(Number) },
        [accounts.refused]: { refused: expect.any(Number), 'kept out': expect.any(Number) },
      });
      expect(await system.stop()).toEqual({ default: { bare: expect.any(Number) } });
    });
  });
}
