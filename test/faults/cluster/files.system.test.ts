import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { selfSignedServer } from '../../../src/io/tls/index.ts';
import { ApiServers } from './api-servers.ts';
import { roleArn, startCluster, until } from './cluster.ts';
import { startReady } from './replica.ts';

// Processes, and a machine that may be busy: patience costs nothing where all goes well.
vi.setConfig({ testTimeout: 240_000 });

const service = 'podiam-webhook.podiam-system.svc';
const makePair = () =>
  selfSignedServer(
    { commonName: 'podiam-webhook', dnsNames: [service, 'localhost'], ipAddresses: ['127.0.0.1'] },
    { now: Date.now(), days: 1 },
  );

const failures = (source: string) => `podiam_webhook_source_failures_total{source="${source}"}`;
const failedCertificates = 'podiam_webhook_certificate_changes_total{outcome="failed"}';
const servedCertificates = 'podiam_webhook_certificate_changes_total{outcome="served"}';

test('F29 certificate, container-credentials file and role mapping are found half-written: the last good ones stay, metrics tell, and the whole ones are taken up', async () => {
  const cluster = await startCluster();
  for (const name of ['agent', 'mapped', 'late']) cluster.putAccount(name, null);
  const [cert, key, identities] = ['tls.crt', 'tls.key', 'identities.json'].map((name) => join(cluster.folder, name));
  const putPair = async ({ certificate, privateKey }: { certificate: string; privateKey: string }) => {
    await writeFile(cert ?? '', certificate);
    await writeFile(key ?? '', privateKey);
  };
  const identitiesOf = (...names: string[]) =>
    JSON.stringify({ identities: names.map((serviceAccount) => ({ namespace: 'default', serviceAccount })) });
  const putIdentities = (text: string) => writeFile(identities ?? '', text);
  const putMapping = (config: string) =>
    cluster.api.put('v1/configmaps', {
      metadata: { namespace: 'podiam-system', name: 'pod-identity-webhook' },
      data: { config },
    });
  const mappingOf = (role: string) => JSON.stringify({ 'default/mapped': { RoleARN: roleArn(role) } });

  const [first, second] = [await makePair(), await makePair()];
  await putPair(first);
  cluster.setCaBundle(first.caCertificate + second.caCertificate);
  await putIdentities(identitiesOf('agent'));
  putMapping(mappingOf('first'));
  const tls = ['--tls', 'files', '--tls-cert', cert ?? '', '--tls-key', key ?? ''];
  const watched = ['--watch-config-map', '--watch-container-credentials-config', identities ?? ''];
  const replica = await startReady(cluster, { args: [...tls, ...watched] });
  const callers = new ApiServers(cluster);
  const patchOf = async (account: string) =>
    (await callers.review({ port: replica.port, account, fresh: true })).patch ?? '';

  await putPair({ ...second, certificate: second.certificate.slice(0, 400) });
  await putIdentities(identitiesOf('agent', 'late').slice(0, 60));
  putMapping(mappingOf('second').slice(0, 40));
  const counted = async (metric: string) => (await replica.metric(metric)) ?? 0;
  for (const metric of [failedCertificates, failures('container-credentials'), failures('role-mapping')]) {
    await until(`${metric} counts`, async () => (await counted(metric)) > 0);
  }
  expect(await replica.isReady()).toBe(true);
  expect(await patchOf('agent')).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI');
  expect(await patchOf('mapped')).toContain(roleArn('first'));

  await putPair(second);
  await putIdentities(identitiesOf('agent', 'late'));
  putMapping(mappingOf('second'));
  await until('the second pair is served', async () => (await counted(servedCertificates)) === 2);
  await until('the second file counts', async () => (await patchOf('late')).includes('CONTAINER_CREDENTIALS'));
  expect(await patchOf('mapped')).toContain(roleArn('second'));
  callers.close();
});
