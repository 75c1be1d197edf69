// What admission would do to manifests, without a cluster: the webhook's own decision over files.
import {
  type AddOperation,
  type Admission,
  admitPod,
  type InjectionConfig,
  readPodToAdmit,
} from '../../core/injection/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { manifestsIn, type Workload, workloadOf } from './kinds.ts';
import { ObjectLines } from './lines.ts';
import { type Outcome, type OutputFormat, printDocuments } from './print.ts';
import { type Input, type ManifestDocument, readDocuments } from './read.ts';
import { nameOf, namespaceOf, Surroundings } from './surroundings.ts';

export interface InjectOptions {
  /** For manifests that name none; `default` unless given. */
  readonly defaultNamespace?: string;
  /** Each document keeps its own format unless given. */
  readonly output?: OutputFormat | undefined;
  /** Whether a role that may not be used ends it all, or leaves the workload alone with a warning (which is the default). */
  readonly onRefusal?: 'warn' | 'deny';
  /** Spreads the expiration of container credentials; without it the output is always the same. */
  readonly randomBytes?: (length: number) => Uint8Array;
}

export interface InjectedManifests {
  /** All documents in order. */
  readonly output: string;
  /** One line for each workload: what became of it, and why. */
  readonly explanations: readonly string[];
  /** Those of the workloads that were changed. */
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  /** How many documents have content, whatever it is. */
  readonly documents: number;
  /** How many were left alone since their role may not be used. */
  readonly refused: number;
}

interface Loaded {
  readonly document: ManifestDocument;
  readonly workloads: readonly Workload[];
}

/** Of a document without workloads only the text is kept, unless all is to be printed as JSON or converted. */
function load(document: ManifestDocument, surroundings: Surroundings, keepValue: boolean): Loaded {
  const workloads: Workload[] = [];
  for (const manifest of manifestsIn(document.value)) {
    surroundings.note(manifest);
    const workload = workloadOf(manifest);
    if (workload) workloads.push(workload);
  }
  const isNeeded = keepValue || workloads.length > 0 || document.format === 'json' || document.value === undefined;
  return { document: isNeeded ? document : { ...document, value: null }, workloads };
}

/** One run over the manifests: what it knows, and what it has found so far. */
class Run {
  readonly #config: InjectionConfig;
  readonly #options: InjectOptions;
  readonly #defaultNamespace: string;
  readonly surroundings: Surroundings;
  readonly explanations: string[] = [];
  readonly changes: string[] = [];
  readonly warnings: string[] = [];
  refused = 0;

  constructor(config: InjectionConfig, options: InjectOptions) {
    this.#config = config;
    this.#options = options;
    this.#defaultNamespace = options.defaultNamespace ?? 'default';
    this.surroundings = new Surroundings(this.#defaultNamespace);
  }

  #admit({ manifest, pod: value }: Workload): Admission {
    const pod = readPodToAdmit(value);
    if ('kind' in pod) return pod;
    const namespace = namespaceOf(manifest, this.#defaultNamespace);
    const evidence = {
      namespace,
      name: nameOf(manifest),
      serviceAccount: this.surroundings.serviceAccount(namespace, pod.serviceAccount),
      namespaceAnnotations: this.surroundings.namespace(namespace)?.annotations,
      randomBytes: this.#options.randomBytes,
    };
    return admitPod(pod, evidence, this.#config);
  }

  /** The operations on a workload, from the document; a refusal only where that is to end it all. */
  #judge(file: string, line: number, workload: Workload): readonly AddOperation[] | Refusal {
    const { kind } = workload.manifest;
    const name = `${kind} ${namespaceOf(workload.manifest, this.#defaultNamespace)}/${nameOf(workload.manifest)}`;
    const where = `${file}:${line}: ${name}`;
    const admission = this.#admit(workload);
    const explanation = `${where}: ${admission.reason}`;
    this.explanations.push(explanation);
    this.warnings.push(...admission.warnings.map((warning) => `${where}: ${warning}`));
    if (admission.kind === 'leave') return [];
    if (admission.kind === 'refuse') {
      const { remedy, sentence } = admission.refusal;
      this.refused += 1;
      this.warnings.push(`${where}: not injected: ${sentence} ${remedy}`);
      return this.#options.onRefusal === 'deny'
        ? refuse('manifest-refused', { file, line, column: 1, workload: name, problem: sentence, solution: remedy })
        : [];
    }
    this.changes.push(explanation);
    return admission.operations.map((operation) => ({ ...operation, path: workload.path + operation.path }));
  }

  outcome({ document, workloads }: Loaded): Outcome | Refusal {
    const operations: AddOperation[] = [];
    const lines = new ObjectLines(document);
    for (const workload of workloads) {
      const own = this.#judge(document.file, lines.of(workload.manifest.path), workload);
      if (own instanceof Refusal) return own;
      operations.push(...own);
    }
    return { document, operations };
  }
}

/** One by one, so that no more than one document's changes are held. */
function* outcomesOf(loaded: readonly Loaded[], run: Run): Generator<Outcome | Refusal> {
  for (const item of loaded) yield run.outcome(item);
}

/**
 * Injects manifests as admission would: everything that holds a pod template, by the service accounts and namespaces
 * among the same manifests, wherever they stand.
 * @returns `manifest-malformed` with file, line, column and what was expected; under `deny`, `manifest-refused` for the
 *   first workload whose role may not be used
 */
export function injectManifests(
  inputs: readonly Input[],
  config: InjectionConfig,
  options: InjectOptions = {},
): InjectedManifests | Refusal {
  const run = new Run(config, options);
  const loaded: Loaded[] = [];
  for (const input of inputs) {
    for (const document of readDocuments(input)) {
      if (document instanceof Refusal) return document;
      loaded.push(load(document, run.surroundings, options.output === 'json'));
    }
  }
  const output = printDocuments(outcomesOf(loaded, run), options.output);
  if (output instanceof Refusal) return output;
  const { changes, explanations, refused, warnings } = run;
  const documents = loaded.filter(({ document }) => document.value !== undefined).length;
  return { output, explanations, changes, warnings, documents, refused };
}
