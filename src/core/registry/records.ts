// What the platform keeps on record of those who own something: accounts, keys, issuers, roles. Plain values: io/sql stores
// them, features read and write them. Times are milliseconds since the epoch unless a name says seconds.
import type { SealedSecret } from './secrets.ts';

/** The 12 digits under which everything else is kept. */
export type AccountId = string;

/** What every document carries that may be changed: a change can name the revision that it was drawn from. */
export interface Revised {
  /** 1 when made, and one more with each change. */
  readonly revision: number;
  readonly updatedAt: number;
}

export interface Account {
  /** Never used again, so that nothing of a closed account comes to life in another's. */
  readonly id: AccountId;
  readonly name: string;
  readonly createdAt: number;
  /** From then on nothing of the account opens anything; absent while it is open. */
  readonly closedAt?: number;
}

export type KeyStatus = 'active' | 'inactive';

/** A key of the account's owner. The secret stands only encrypted: SigV4's HMAC needs it whole, so a hash will not do. */
export interface RootKey {
  /** `AKIA` and 16 characters. */
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  readonly secret: SealedSecret;
  readonly status: KeyStatus;
  readonly createdAt: number;
}

/** A key of the platform's operator, above every account. */
export interface OperatorKey {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the secret, which nobody needs again. */
  readonly secretHash: Uint8Array;
  readonly status: KeyStatus;
  readonly createdAt: number;
}

/** A tag as AWS has it; within one list no two keys agree but for case. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** `vke`: a cluster of the platform; `external`: a cluster whose keys were given; `oidc`: registered through the IAM API. */
export type IssuerKind = 'vke' | 'external' | 'oidc';

/** The API server that is asked whether it still stands behind a token. The reviewer's own token stands sealed elsewhere. */
export interface TokenReviewSettings {
  /** Begins with `https://`. */
  readonly url: string;
  /** PEM of the authorities that its certificate is verified with; the usual ones where it is absent. */
  readonly certificateAuthority?: string;
  /** When the reviewer's token ends, as it says itself; absent where it does not say. */
  readonly tokenExpiresAt?: number;
}

/** What varies between issuers; absent members mean no. Kept as JSON, so that a member may be added without a migration. */
export interface IssuerSettings {
  /** Its tokens are a Kubernetes cluster's: their `kubernetes.io` claims become session tags. */
  readonly isCluster?: boolean;
  /** The cluster's name and ARN for people and session tags. */
  readonly clusterName?: string;
  readonly clusterArn?: string;
  /** Where the keys are fetched, instead of where the discovery document says. */
  readonly jwksUrl?: string;
  /** PEM of the authorities that the issuer's host is verified with. */
  readonly certificateAuthority?: string;
  /** Present where the cluster is asked about each token: whether the pod that it is bound to is still there. */
  readonly tokenReview?: TokenReviewSettings;
}

/** A cluster, or another OpenID Connect provider, whose tokens the account believes. */
export interface Issuer extends Revised {
  /** Never used again, so that an issuer registered anew revives nothing of an older one. */
  readonly id: string;
  readonly accountId: AccountId;
  readonly kind: IssuerKind;
  /** Byte-equal to the `iss` of its tokens. */
  readonly url: string;
  /**
   * Tells an account's issuers of one URL apart, as the cluster's id does where several clusters have one; empty where
   * the URL is enough.
   */
  readonly sourceId: string;
  /** The audiences (client ids) that its tokens may name. */
  readonly audiences: readonly string[];
  /** SHA-1 of certificates, as CreateOpenIDConnectProvider takes them. */
  readonly thumbprints: readonly string[];
  readonly tags: readonly Tag[];
  /** The public keys that were given, as the text of a JWK Set (RFC 7517, section 5); empty where they are fetched. */
  readonly jwks: string;
  readonly settings: IssuerSettings;
  readonly createdAt: number;
}

export interface Role extends Revised {
  /** `AROA` and 17 characters; never used again. */
  readonly id: string;
  /** The role's id in the `/v2` API; never used again. */
  readonly uuid: string;
  readonly accountId: AccountId;
  /** Unique within the account, whatever its case. */
  readonly name: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  /** The trust policy document's JSON text. */
  readonly trustPolicy: string;
  readonly maxSessionSeconds: number;
  readonly description: string;
  readonly tags: readonly Tag[];
  /** The ARN of the policy beyond which the role's permissions count for nothing. */
  readonly permissionsBoundary?: string;
  readonly createdAt: number;
  /** The last time a session was issued, to about a minute; absent where none was. */
  readonly lastUsedAt?: number;
}

/** A policy document by name: an inline policy of a role. */
export interface PermissionPolicy {
  readonly name: string;
  /** The policy document's JSON text. */
  readonly document: string;
}

/** A managed policy; its document stands in its versions. */
export interface ManagedPolicy extends Revised {
  /** `ANPA` and 17 characters; never used again. */
  readonly id: string;
  readonly accountId: AccountId;
  /** Unique within the account, whatever its case. */
  readonly name: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly description: string;
  readonly tags: readonly Tag[];
  /** The number behind the `v` of the version in force. */
  readonly defaultVersion: number;
  /** Roles that it is attached to, and roles that it bounds. */
  readonly attachmentCount: number;
  readonly boundaryCount: number;
  readonly createdAt: number;
}

export interface PolicyVersion {
  /** The number behind the `v`: 1 for the first; never used again within the policy. */
  readonly number: number;
  /** The policy document's JSON text. */
  readonly document: string;
  readonly isDefault: boolean;
  readonly createdAt: number;
}

/** A managed policy as a role has it. */
export interface AttachedPolicy {
  readonly arn: string;
  readonly name: string;
}

/** All that decides what a role's sessions may do. */
export interface RoleAccess {
  readonly role: Role;
  readonly inline: readonly PermissionPolicy[];
  /** The managed policies attached, each with the document of its default version; `name` is the policy's ARN. */
  readonly attached: readonly PermissionPolicy[];
  /** The policy beyond which nothing of it counts, where the role has one; likewise by ARN. */
  readonly boundary: PermissionPolicy | undefined;
}
