// A pod as the webhook makes it: its environment and its token's place are the injection's own, laid out below a folder
// that stands for the container's file system.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  admitPod,
  applyPatch,
  aws,
  type Profile,
  podiam,
  readPodToAdmit,
  settleProfile,
  vultr,
} from '../../src/core/injection/index.ts';
import { containerProcess, mountedFolders, parsePod, projectedTokens } from '../../src/features/cluster/index.ts';
import { must } from '../features/platform.ts';

/** The profiles, each with another of the paths under which the STS is found. */
export const profiles = {
  aws: { profile: aws, path: '' },
  vultr: { profile: vultr, path: '/v2/assumed-roles/compatibility/aws/sts' },
  podiam: { profile: podiam, path: '/sts' },
} as const satisfies Readonly<Record<string, { readonly profile: Profile; readonly path: string }>>;

export type ProfileName = keyof typeof profiles;

export const serviceAccount = { namespace: 'default', name: 'my-app' } as const;

const manifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'my-app-0', namespace: serviceAccount.namespace },
  spec: { serviceAccountName: serviceAccount.name, containers: [{ name: 'app', image: 'app', command: ['app'] }] },
};

/** The pod with what the webhook's own code adds to it. */
function admitted(profileName: ProfileName, stsUrl: string, roleArn: string): unknown {
  const { profile, path } = profiles[profileName];
  const settings = must(
    settleProfile(profile, {
      'sts-endpoint': `${stsUrl}${path}`,
      region: 'us-east-1',
      'sts-regional-endpoint': true,
      'disable-instance-metadata': true,
    }),
  );
  const pod = readPodToAdmit(manifest);
  if ('refusal' in pod) throw new Error(pod.reason);
  const [annotation = ''] = settings.roleAnnotations;
  const { namespace, name } = serviceAccount;
  const evidence = { namespace, name, serviceAccount: { annotations: { [annotation]: roleArn } } };
  const admission = admitPod(pod, evidence, { profiles: [settings] });
  if (admission.kind !== 'inject') throw new Error(`the pod was not injected: ${admission.reason}`);
  return applyPatch(manifest, admission.operations);
}

export interface AdmittedPod {
  /** Exactly what the container is given, and a home folder of its own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly root: string;
  readonly audience: string;
  /** Does what a kubelet does: the token's file, whole, with the line break that editors and some kubelets leave. */
  readonly projectToken: (token: string) => void;
}

export function admitToRun(options: {
  readonly profile: ProfileName;
  readonly stsUrl: string;
  readonly roleArn: string;
  readonly root: string;
}): AdmittedPod {
  const { root } = options;
  const pod = must(parsePod(admitted(options.profile, options.stsUrl, options.roleArn)));
  for (const folder of mountedFolders(pod)) mkdirSync(`${root}${folder}`, { recursive: true });
  const [projected] = projectedTokens(pod);
  if (projected === undefined) throw new Error('the pod has no token');
  const file = `${root}${projected.file}`;
  const projectToken = (token: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${token}\n`);
  };
  const { environment } = containerProcess(pod, root);
  return { environment, root, audience: projected.audience ?? '', projectToken };
}
