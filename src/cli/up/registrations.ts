// What the platform has on record for the story: an account, the cluster's issuer, and the role of the pod.
import { issuerHostAndPath, oidcProviderArn, roleArn, serviceAccountSubject } from '../../core/identity/index.ts';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import { createRole, type IamPorts, openAccount, registerIssuer } from '../../features/iam/index.ts';
import type { Cluster } from './cluster.ts';
import type { Storage } from './storage.ts';
import { world } from './world.ts';

export interface Registrations {
  readonly accountId: string;
  /** Told in the run that made it; undefined later. */
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly roleArn: string;
}

export const workload = { namespace: 'default', name: 'my-app' };
export const audience = 'podiam';
const roleName = 'my-app';
const accountSetting = 'demonstration/account';

function must<Value>(outcome: Value | Refusal): Value {
  if (outcome instanceof Refusal) throw new RefusedError(outcome);
  return outcome;
}

/** Only this service account's token, and only one minted for this platform. */
function trustPolicy(accountId: string, issuer: string): string {
  const provider = issuerHostAndPath(issuer);
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'MyAppOfThisCluster',
        Effect: 'Allow',
        Principal: { Federated: oidcProviderArn(accountId, issuer) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${provider}:sub`]: serviceAccountSubject(workload), [`${provider}:aud`]: audience },
        },
      },
    ],
  });
}

const permissionPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'LookAndReboot',
      Effect: 'Allow',
      Action: ['compute:ListInstances', 'compute:GetInstance', 'compute:RebootInstance'],
      Resource: 'arn:aws:compute::*:instance/*',
    },
  ],
});

async function ensureAccount(storage: Storage, iam: IamPorts): Promise<Omit<Registrations, 'roleArn'>> {
  const kept = await storage.registry.settings.find(accountSetting);
  if (kept !== undefined) return { accountId: kept, rootKey: undefined };
  const { account, rootKey } = must(await openAccount(iam, 'demonstration'));
  await storage.registry.settings.put(accountSetting, account.id);
  return { accountId: account.id, rootKey };
}

async function ensureIssuer(storage: Storage, iam: IamPorts, accountId: string, cluster: Cluster): Promise<void> {
  const url = cluster.identity.issuer;
  const jwks = JSON.stringify({ keys: cluster.keys });
  const [kept] = await storage.registry.account(accountId).issuers.withUrl(url);
  if (kept?.jwks !== jwks) must(await registerIssuer(iam, { accountId, url, audiences: [audience], jwks }));
}

/** Makes what is missing; a second run on the same data finds everything in place. */
export async function ensureRegistrations(storage: Storage, cluster: Cluster): Promise<Registrations> {
  const iam = { ...world, registry: storage.registry, keyEncryptionKeys: storage.keyEncryptionKeys };
  const { accountId, rootKey } = await ensureAccount(storage, iam);
  await ensureIssuer(storage, iam, accountId, cluster);
  if (!(await storage.registry.account(accountId).roles.find(roleName))) {
    must(
      await createRole(iam, {
        accountId,
        name: roleName,
        trustPolicy: trustPolicy(accountId, cluster.identity.issuer),
        permissions: [{ name: 'look-and-reboot', document: permissionPolicy }],
      }),
    );
  }
  return { accountId, rootKey, roleArn: roleArn({ partition: 'aws', account: accountId, path: '/', name: roleName }) };
}
