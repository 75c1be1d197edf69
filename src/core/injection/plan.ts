// What a decision to inject says, in full: from a plan and the pod alone the patch is written.

export interface WebIdentity {
  readonly method: 'sts_web_identity';
  /** For containers without a role of their own; undefined where only those have one. */
  readonly role: string | undefined;
  readonly containerRoles: ReadonlyMap<string, string>;
  readonly stsEndpoint: string | undefined;
  readonly sessionNameFromPod: boolean;
}

export interface ContainerCredentials {
  readonly method: 'container_credentials';
  readonly fullUri: string;
}

export interface Plan {
  readonly profile: string;
  readonly identity: WebIdentity | ContainerCredentials;
  readonly token: {
    readonly volumeName: string;
    readonly audience: string;
    readonly expirationSeconds: number;
    /** The file's name in the volume. */
    readonly path: string;
  };
  readonly mountPath: string;
  readonly regionalSts: boolean;
  readonly region: string | undefined;
  readonly disableInstanceMetadata: boolean;
  /** The names of the containers to inject; ordinary and init containers, or ephemeral ones. */
  readonly containers: ReadonlySet<string>;
  /** Ephemeral containers may mount what the pod has, but nothing can be added beside them. */
  readonly ephemeral: boolean;
}

/** The role of a container; undefined where it gets none. @param target the container that it debugs, if any */
export function roleFor(identity: WebIdentity, name: string, target: string): string | undefined {
  return identity.containerRoles.get(name) ?? identity.containerRoles.get(target) ?? identity.role;
}
