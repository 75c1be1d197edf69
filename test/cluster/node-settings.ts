// The configuration files of a node's programs, all of whose folders lie in the cluster's own.
import { join } from 'node:path';
import type { Place } from './place.ts';

export const pauseImage = 'docker.io/podiam-test/pause:1';
export const nodeName = 'node1';

export function nodeFiles(folder: string) {
  return {
    containerdSettings: join(folder, 'containerd.toml'),
    containerdSocket: join(folder, 'containerd.sock'),
    networkFolder: join(folder, 'cni'),
    kubeletSettings: join(folder, 'kubelet.json'),
    kubeletKubeconfig: join(folder, 'kubelet.kubeconfig'),
    podLogs: join(folder, 'pods.logs'),
    kubeletFolder: join(folder, 'kubelet'),
  };
}

/** Version 2 of its form; later releases still read it. */
export function containerdSettings(folder: string, plugins: string): string {
  const files = nodeFiles(folder);
  const text = JSON.stringify;
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    'version = 2',
    `root = ${text(join(folder, 'containerd'))}`,
    `state = ${text(join(folder, 'containerd-state'))}`,
    '[grpc]',
    `address = ${text(files.containerdSocket)}`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = ${text(join(folder, 'containerd-opt'))}`,
    `[${cri}]`,
    // Without CAP_SYS_RESOURCE no process may be made less likely to be killed than its parent.
    'restrict_oom_score_adj = true',
    `sandbox_image = ${text(pauseImage)}`,
    `[${cri}.cni]`,
    `bin_dir = ${text(plugins)}`,
    `conf_dir = ${text(files.networkFolder)}`,
    '',
  ].join('\n');
}

export function networkSettings({ folder, podRange }: Place): string {
  const ranges = [[{ subnet: podRange }]];
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods0',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges, routes: [{ dst: '0.0.0.0/0' }], dataDir: join(folder, 'addresses') },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

export function kubeletSettings({ address, folder }: Place, controlGroup: string): string {
  const files = nodeFiles(folder);
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: controlGroup,
    containerRuntimeEndpoint: `unix://${files.containerdSocket}`,
    resolvConf: '',
    clusterDNS: [address],
    clusterDomain: 'cluster.local',
    failSwapOn: false,
    podLogsDir: files.podLogs,
    volumePluginDir: join(folder, 'volume-plugins'),
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    syncFrequency: '2s',
    nodeStatusUpdateFrequency: '2s',
    shutdownGracePeriod: '0s',
  });
}
