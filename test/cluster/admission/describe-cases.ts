// The suite over the case files, for one release of the API server.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outcome } from '../../core/injection/cases.ts';
import type { Cluster } from '../access.ts';
import type { ApiAnswer } from '../api.ts';
import { type InstalledWebhook, installWebhook, type Replica } from '../webhook.ts';
import {
  type ClusterCase,
  clusterCases,
  flagsOf,
  groupsOf,
  injectedParts,
  isRefusedByKubernetes,
  offline,
  prepare,
  tryOut,
} from './cases.ts';

const mappingPath = '/api/v1/namespaces/podiam-system/configmaps/pod-identity-webhook';

export function describeCases(cluster: () => Cluster): void {
  const cases = clusterCases();
  const without = new Map<string, ApiAnswer>();
  let webhook: InstalledWebhook | undefined;

  beforeAll(async () => {
    for (const { file, given } of cases) {
      await prepare(cluster(), given);
      without.set(file, await tryOut(cluster(), given));
    }
    const install = ['--watch-config-map', '--watch-namespaces'];
    webhook = await installWebhook(cluster(), { install, asksForAll: true });
    await webhook.stopAll();
  });
  afterAll(() => webhook?.uninstall());

  test.each(cases)('without the webhook Kubernetes takes the pod unless it is none: $file', ({ file, given }) => {
    const { status = 0 } = without.get(file) ?? {};
    expect(status < 300).toBe(!isRefusedByKubernetes(given));
  });

  describe.each(groupsOf(cases).map((group) => [group[0]?.file ?? '', group] as const))('as in %s', (_, group) => {
    let replica: Replica | undefined;

    beforeAll(async () => {
      const [first] = group;
      if (!first) return;
      const { mapping } = first.given;
      const data = { config: JSON.stringify(mapping ?? {}) };
      const metadata = { name: 'pod-identity-webhook', namespace: 'podiam-system' };
      await cluster().api.apply(mappingPath, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
      const folder = await mkdtemp(join(cluster().folder, 'case-'));
      replica = await webhook?.startReplica(await flagsOf(first.given, folder));
    });
    afterAll(async () => {
      if (replica) await webhook?.stopReplica(replica);
    });

    test.each(group)('$title ($file)', async ({ file, given }: ClusterCase) => {
      const answer = await tryOut(cluster(), given);
      expect(answer.status).toBe(without.get(file)?.status);
      if (answer.status >= 300) return;
      const isRandom = given.identities !== undefined;
      expect(injectedParts(answer.body, isRandom)).toMatchObject(Object(injectedParts(offline(given), isRandom)));
      const { refused, warnings } = outcome(given);
      const isTold = answer.warnings.length > (without.get(file)?.warnings.length ?? 0);
      expect(isTold).toBe(refused !== undefined || warnings !== undefined);
    });
  });
}
