// From annotations, mapping and settings to a plan, before it is known which containers it reaches.
import { accountKeys } from './account-annotations.ts';
import { parseTruth, tokenExpiration } from './annotations.ts';
import type { Claim, ClaimSource } from './claim.ts';
import { type ContainerCredentialsSettings, spreadExpiration } from './container-credentials.ts';
import type { Evidence } from './evidence.ts';
import { givenText } from './fields.ts';
import type { Plan, WebIdentity } from './plan.ts';
import type { Pod } from './pod.ts';
import type { ProfileSettings } from './settings.ts';

export type DraftPlan = Omit<Plan, 'containers'>;

/** What of the plan comes from annotations and settings whichever the method is. */
function commonPlan(pod: Pod, evidence: Evidence, settings: ProfileSettings, mapped: ClaimSource['mapped']) {
  const prefix = settings.annotationPrefix;
  const account = evidence.serviceAccount?.annotations ?? {};
  const regionalSts = parseTruth(givenText(account, `${prefix}/${accountKeys.regionalSts}`));
  const key = `${prefix}/${accountKeys.tokenExpiration}`;
  return {
    profile: settings.profile,
    regionalSts: regionalSts ?? mapped?.regionalSts ?? settings.regionalSts,
    region: settings.region,
    disableInstanceMetadata: settings.disableInstanceMetadata,
    ephemeral: evidence.before !== undefined,
    expirationSeconds: tokenExpiration(
      [givenText(pod.annotations, key), givenText(account, key)],
      mapped?.tokenExpiration ?? 0,
      settings.tokenExpiration,
    ),
    /** The service account's annotation, else the mapping's, else the setting. */
    audience: givenText(account, `${prefix}/${accountKeys.audience}`) ?? mapped?.audience ?? settings.audience,
  };
}

/** The plan of a claim whose roles may be used. */
export function webIdentityPlan(
  pod: Pod,
  evidence: Evidence,
  claim: Claim,
  roles: Pick<WebIdentity, 'role' | 'containerRoles'>,
): DraftPlan {
  const { settings } = claim;
  const { audience, expirationSeconds, ...common } = commonPlan(pod, evidence, settings, claim.source.mapped);
  return {
    ...common,
    identity: {
      method: 'sts_web_identity',
      ...roles,
      stsEndpoint: settings.stsEndpoint,
      sessionNameFromPod: settings.sessionNameFromPod,
    },
    token: { volumeName: settings.volumeName, audience, expirationSeconds, path: settings.tokenPath },
    mountPath: settings.mountPath,
  };
}

export function containerCredentialsPlan(
  pod: Pod,
  evidence: Evidence,
  settings: ProfileSettings,
  { audience, fullUri, mountPath, tokenPath, volumeName }: ContainerCredentialsSettings,
): DraftPlan {
  const { audience: _, expirationSeconds, ...common } = commonPlan(pod, evidence, settings, undefined);
  return {
    ...common,
    identity: { method: 'container_credentials', fullUri },
    token: {
      volumeName,
      audience,
      expirationSeconds: spreadExpiration(expirationSeconds, evidence.randomBytes),
      path: tokenPath,
    },
    mountPath,
  };
}
