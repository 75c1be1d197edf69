// What the manifests themselves say of service accounts and namespaces: offline, there is nobody else to ask.
import { objectOf, type Texts, textOf } from '../../core/injection/index.ts';
import type { Manifest } from './kinds.ts';

export interface Annotated {
  readonly annotations: Texts;
}

/** The namespace that a manifest names, else the default one. */
export function namespaceOf({ object }: Manifest, defaultNamespace: string): string {
  const metadata = objectOf(object, 'metadata');
  return (metadata && textOf(metadata, 'namespace')) || defaultNamespace;
}

export function nameOf({ object }: Manifest): string {
  const metadata = objectOf(object, 'metadata');
  return (metadata && (textOf(metadata, 'name') || textOf(metadata, 'generateName'))) || 'unnamed';
}

export class Surroundings {
  readonly #defaultNamespace: string;
  /** By namespace, then by name. */
  readonly #serviceAccounts = new Map<string, Map<string, Annotated>>();
  readonly #namespaces = new Map<string, Annotated>();

  constructor(defaultNamespace: string) {
    this.#defaultNamespace = defaultNamespace;
  }

  /** Remembers a service account or a namespace; of two with one name, the later one. */
  note(manifest: Manifest): void {
    if (manifest.apiVersion !== 'v1') return;
    const metadata = objectOf(manifest.object, 'metadata') ?? {};
    const annotated = { annotations: objectOf(metadata, 'annotations') ?? {} };
    if (manifest.kind === 'Namespace') this.#namespaces.set(nameOf(manifest), annotated);
    if (manifest.kind !== 'ServiceAccount') return;
    const namespace = namespaceOf(manifest, this.#defaultNamespace);
    const names = this.#serviceAccounts.get(namespace) ?? new Map<string, Annotated>();
    this.#serviceAccounts.set(namespace, names.set(nameOf(manifest), annotated));
  }

  serviceAccount(namespace: string, name: string): Annotated | undefined {
    return this.#serviceAccounts.get(namespace)?.get(name);
  }

  namespace(name: string): Annotated | undefined {
    return this.#namespaces.get(name);
  }
}
