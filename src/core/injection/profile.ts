// How a platform wants its pods, one row of data each. A user's own platform is one more row.

export interface Profile {
  /** As `--profile` names it. */
  readonly name: string;
  /** What stands before the slash in the keys of annotations. */
  readonly annotationPrefix: string;
  /** The service account's annotations that name a role; the first that is there counts. */
  readonly roleAnnotations: readonly string[];
  /** A pod with this label, whatever its value, is left alone. */
  readonly optOutLabel: string;
  /** Whether a role may be named by its UUID, too. */
  readonly takesRoleIds: boolean;
  /** Globs: what else than an ARN a role may be, where the platform has its own names for roles. */
  readonly rolePatterns: readonly string[];
  readonly audience: string;
  /** Seconds. */
  readonly tokenExpiration: number;
  readonly volumeName: string;
  readonly mountPath: string;
  readonly tokenPath: string;
  /** Injected as AWS_REGION and AWS_DEFAULT_REGION. */
  readonly region: string | undefined;
  /** Whether AWS_STS_REGIONAL_ENDPOINTS=regional is injected. */
  readonly regionalSts: boolean;
  /** Injected as AWS_ENDPOINT_URL_STS. */
  readonly stsEndpoint: string | undefined;
  /** Whether a setting must say the endpoint where the row does not. */
  readonly needsStsEndpoint: boolean;
  /** Whether AWS_ROLE_SESSION_NAME is the pod's name. */
  readonly sessionNameFromPod: boolean;
}

const oneDay = 86_400;

export const aws: Profile = {
  name: 'aws',
  annotationPrefix: 'eks.amazonaws.com',
  roleAnnotations: ['eks.amazonaws.com/role-arn'],
  optOutLabel: 'eks.amazonaws.com/skip-pod-identity-webhook',
  takesRoleIds: false,
  rolePatterns: [],
  audience: 'sts.amazonaws.com',
  tokenExpiration: oneDay,
  volumeName: 'aws-iam-token',
  mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
  tokenPath: 'token',
  region: undefined,
  regionalSts: false,
  stsEndpoint: undefined,
  needsStsEndpoint: false,
  sessionNameFromPod: false,
};

export const vultr: Profile = {
  name: 'vultr',
  annotationPrefix: 'vultr.com',
  roleAnnotations: ['vultr.com/role-arn', 'api.vultr.com/role'],
  optOutLabel: 'vultr.com/skip-pod-identity-webhook',
  takesRoleIds: true,
  rolePatterns: [],
  audience: 'vultr',
  tokenExpiration: oneDay,
  volumeName: 'vultr-irsa-token',
  mountPath: '/var/run/secrets/vultr.com/serviceaccount',
  tokenPath: 'token',
  region: 'us-east-1',
  regionalSts: true,
  stsEndpoint: 'https://api.vultr.com/v2/assumed-roles/compatibility/aws/sts',
  needsStsEndpoint: false,
  sessionNameFromPod: false,
};

export const podiam: Profile = {
  name: 'podiam',
  annotationPrefix: 'podiam.dev',
  roleAnnotations: ['podiam.dev/role-arn'],
  optOutLabel: 'podiam.dev/skip-pod-identity-webhook',
  takesRoleIds: false,
  rolePatterns: [],
  audience: 'podiam',
  tokenExpiration: oneDay,
  volumeName: 'podiam-token',
  mountPath: '/var/run/secrets/podiam.dev/serviceaccount',
  tokenPath: 'token',
  region: 'us-east-1',
  regionalSts: false,
  stsEndpoint: undefined,
  needsStsEndpoint: true,
  sessionNameFromPod: true,
};

export const builtInProfiles: readonly Profile[] = [aws, vultr, podiam];

/** All profiles there are: the built-in ones, as rows of the same name have them, then the other rows. */
export function allProfiles(rows: readonly Profile[]): readonly Profile[] {
  const builtIn = builtInProfiles.map((profile) => rows.find(({ name }) => name === profile.name) ?? profile);
  return [...builtIn, ...rows.filter((row) => !builtIn.includes(row))];
}
