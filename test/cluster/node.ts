// A whole node beside a control plane: containerd, kubelet and kube-proxy in namespaces of their own, and the scheduler
// that gives it pods.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exposeByEndpoint } from './access.ts';
import { type ClusterOptions, type OwnCluster, startCluster } from './cluster.ts';
import { packPause } from './images.ts';
import { missingFor, pluginFolder } from './machine.ts';
import { serveNames } from './names.ts';
import { makeControlGroup, makeNodeNamespace, type NodeNamespace } from './node-namespace.ts';
import { containerdSettings, kubeletSettings, networkSettings, nodeFiles, nodeName } from './node-settings.ts';
import { type Component, startComponent, untilReady } from './processes.ts';
import { type Finished, runToEnd } from './run.ts';
import { currentSandbox } from './sandbox.ts';
import { pathOf } from './toolchain.ts';

export interface NodeCluster extends OwnCluster {
  /** As pods reach the node, and the node's pods reach it. */
  readonly nodeAddress: string;
  /** Gives the node's containerd an image archive; pods take it by its name with `imagePullPolicy: Never`. */
  readonly importImage: (name: string, archive: Buffer) => Promise<void>;
  /** Runs a command in the node's namespaces to its end. */
  readonly onNode: (command: readonly string[]) => Promise<Finished>;
  readonly restartKubelet: () => Promise<void>;
}

interface NodeParts {
  readonly cluster: OwnCluster;
  readonly namespace: NodeNamespace;
}

function startOnNode({ cluster, namespace }: NodeParts, name: string, command: readonly string[]): Component {
  const logFile = join(cluster.place.folder, `${name}.log`);
  return startComponent({ name, command: [...namespace.within, ...command], logFile });
}

const ctr = (folder: string) => ['ctr', '--address', nodeFiles(folder).containerdSocket, '--namespace', 'k8s.io'];

async function startContainerd(parts: NodeParts): Promise<void> {
  const { folder } = parts.cluster.place;
  const { containerdSettings: settings } = nodeFiles(folder);
  const component = startOnNode(parts, 'containerd', ['containerd', '--config', settings]);
  await untilReady(component, async () => {
    const { code } = await runToEnd([...parts.namespace.within, ...ctr(folder), 'version']);
    return code === 0;
  });
}

function startKubelet(parts: NodeParts): Component {
  const { cluster, namespace } = parts;
  const files = nodeFiles(cluster.place.folder);
  return startOnNode(parts, 'kubelet', [
    pathOf('kubernetes'),
    'kubelet',
    `--config=${files.kubeletSettings}`,
    `--kubeconfig=${files.kubeletKubeconfig}`,
    `--root-dir=${files.kubeletFolder}`,
    `--cert-dir=${join(files.kubeletFolder, 'pki')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${namespace.address}`,
  ]);
}

function startProxy(parts: NodeParts): Component {
  const { kubeconfig, place } = parts.cluster;
  return startOnNode(parts, 'kube-proxy', [
    pathOf('kubernetes'),
    'kube-proxy',
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${nodeName}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${place.podRange}`,
    '--conntrack-max-per-core=0',
  ]);
}

async function writeSettings(parts: NodeParts): Promise<void> {
  const { kubeconfigWith, credentials, place } = parts.cluster;
  const files = nodeFiles(place.folder);
  const plugins = pluginFolder();
  if (plugins === undefined) throw new Error(missingFor('two').join('\n'));
  await mkdir(files.networkFolder);
  await mkdir(files.podLogs);
  await kubeconfigWith('kubelet', credentials.node);
  const group = await makeControlGroup(`${currentSandbox()}-${place.number}`);
  await writeFile(files.containerdSettings, containerdSettings(place.folder, plugins));
  await writeFile(join(files.networkFolder, '10-pods.conflist'), networkSettings(place));
  await writeFile(files.kubeletSettings, kubeletSettings(place, group));
}

async function importImage(parts: NodeParts, name: string, archive: Buffer): Promise<void> {
  const { folder } = parts.cluster.place;
  const file = join(folder, `${name.replaceAll(/\W+/g, '-')}.tar`);
  await writeFile(file, archive);
  const { code, stderr } = await runToEnd([...parts.namespace.within, ...ctr(folder), 'image', 'import', file]);
  if (code !== 0) throw new Error(`the image ${name} was not taken: ${stderr}`);
}

const serviceShape = z.object({ spec: z.object({ clusterIP: z.string() }) });

async function findService({ api }: OwnCluster, namespace: string, name: string): Promise<string | undefined> {
  const { body, status } = await api.call(`/api/v1/namespaces/${namespace}/services/${name}`);
  return status === 200 ? serviceShape.parse(body).spec.clusterIP : undefined;
}

const nodeShape = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

async function isReady({ api }: OwnCluster): Promise<boolean> {
  const { status } = nodeShape.parse(await api.get(`/api/v1/nodes/${nodeName}`));
  return status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

/** Starts a cluster with one node, Ready and with the image that pods begin with. */
export async function startNodeCluster(options: Omit<ClusterOptions, 'hasControllers'> = {}): Promise<NodeCluster> {
  const missing = missingFor('two');
  if (missing.length > 0) throw new Error(missing.join('\n'));
  const cluster = await startCluster({ ...options, hasControllers: true });
  const { place, controlPlane } = cluster;
  const namespace = await makeNodeNamespace(place);
  const parts = { cluster, namespace };
  await writeSettings(parts);
  await startContainerd(parts);
  await importImage(parts, 'pause', packPause());
  controlPlane.start('kube-scheduler', [
    `--kubeconfig=${cluster.kubeconfig}`,
    '--leader-elect=false',
    `--bind-address=${place.address}`,
  ]);
  startProxy(parts);
  const names = await serveNames(place.address, (namespace, name) => findService(cluster, namespace, name));
  let kubelet = startKubelet(parts);
  await untilReady(kubelet, () => isReady(cluster));
  return {
    ...cluster,
    nodeAddress: namespace.address,
    expose: (service) => exposeByEndpoint(cluster.api, service, place.outside),
    importImage: (name, archive) => importImage(parts, name, archive),
    onNode: (command) => runToEnd([...namespace.within, ...command]),
    restartKubelet: async () => {
      await kubelet.stop(0);
      kubelet = startKubelet(parts);
      await untilReady(kubelet, () => isReady(cluster));
    },
    stop: async () => {
      names.close();
      await namespace.stop();
      await cluster.stop();
    },
  };
}
