// `npm run cluster`: a cluster to play with, until Ctrl-C. Its API server is reached from outside through a port of
// loopback, and by everything else inside it as in the tests.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from './cluster.ts';
import { apiPort } from './control-plane.ts';
import { kubeconfig } from './credentials.ts';
import { packPodiam, podiamImage } from './images.ts';
import { startNodeCluster } from './node.ts';
import { carryIn, portOutside } from './relay.ts';
import { currentSandbox, sharedFolder } from './sandbox.ts';
import { pathOf } from './toolchain.ts';

async function startWithImage() {
  const cluster = await startNodeCluster();
  await cluster.importImage(podiamImage, packPodiam());
  return cluster;
}

const sandbox = currentSandbox();
if (sandbox === undefined) throw new Error('start it by: npm run cluster');
const hasNode = process.argv.includes('--node');
const cluster = hasNode ? await startWithImage() : await startCluster({ hasControllers: true });
const { authority, administrator: token } = cluster.credentials;
await carryIn(sandbox, cluster.place.address, apiPort);
const path = join(sharedFolder(sandbox), 'kubeconfig');
const server = `https://127.0.0.1:${await portOutside(sandbox)}`;
await writeFile(path, kubeconfig({ server, certificateAuthority: authority.certificate, user: { token } }), {
  mode: 0o600,
});
process.stdout.write(
  [
    `Kubernetes ${cluster.version} ${hasNode ? `with a node; image ${podiamImage} (imagePullPolicy: Never)` : 'without nodes; --node brings one'}`,
    `export KUBECONFIG=${path}`,
    `kubectl: ${pathOf('kubernetes')} kubectl`,
    'Ctrl-C ends it.',
    '',
  ].join('\n'),
);
const { promise: asked, resolve } = Promise.withResolvers<undefined>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(undefined));
await asked;
await cluster.stop();
process.exit(0);
