// One review: gather what the decision needs, decide, and say what came of it.
import { systemNamespace } from '../../core/admission-policy/index.ts';
import {
  admitPod,
  isObject,
  judgeServiceAccount,
  leftUnasked,
  objectOf,
  type Pod,
  readPod,
  readPodToAdmit,
  type Texts,
  textOf,
} from '../../core/injection/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import type { AdmissionRequest } from '../../core/wire/index.ts';
import type { AdmissionPorts, Annotated } from './ports.ts';
import { failed, podVerdict, serviceAccountVerdict, untouched, type Verdict } from './verdict.ts';

type LookedUp = Annotated | undefined | Refusal;

/** Looks something up, most of which is at hand; an error becomes a refusal that names what could not be read. */
function lookUp(what: string, find: () => Promise<Annotated | undefined> | Annotated | undefined) {
  const unread = (error: unknown) =>
    refuse('admission-lookup-failed', { what }, error instanceof Error ? error.message : 'unknown');
  try {
    const found: Promise<LookedUp> | LookedUp = find();
    return found instanceof Promise ? found.catch(unread) : found;
  } catch (error) {
    return unread(error);
  }
}

/**
 * A namespace that is not found is no namespace without restrictions: what it allows could not be read. Undefined at once
 * where namespaces restrict nothing.
 */
function namespaceAnnotations(
  namespace: string,
  { findNamespace }: AdmissionPorts,
  patienceMs: number,
): Promise<Texts | Refusal> | undefined {
  return findNamespace && restrictionsOf(namespace, findNamespace, patienceMs);
}

async function restrictionsOf(
  namespace: string,
  findNamespace: NonNullable<AdmissionPorts['findNamespace']>,
  patienceMs: number,
): Promise<Texts | Refusal> {
  const what = `namespace ${namespace}`;
  const found = await lookUp(what, () => findNamespace(namespace, patienceMs));
  if (found instanceof Refusal) return found;
  return found?.annotations ?? refuse('admission-lookup-failed', { what }, 'not found');
}

/** The request's namespace; hand-written reviews may leave it to the object. */
function namespaceOf(request: AdmissionRequest): string {
  if (request.namespace !== '') return request.namespace;
  const metadata = isObject(request.object) ? objectOf(request.object, 'metadata') : undefined;
  return (metadata && textOf(metadata, 'namespace')) || 'default';
}

/** Drivers of the cluster itself are not held up by a failure of ours: the way out of it may lead over them. */
function onFailureIn(namespace: string, { onFailure }: AdmissionPorts): AdmissionPorts['onFailure'] {
  return namespace === systemNamespace ? 'warn' : onFailure;
}

interface PodReview {
  readonly pod: Pod;
  /** Given for an update of ephemeral containers. */
  readonly before: Pod | undefined;
  readonly patienceMs: number;
}

async function judgePodReview(
  request: AdmissionRequest,
  { pod, before, patienceMs }: PodReview,
  ports: AdmissionPorts,
): Promise<Verdict> {
  const config = ports.config();
  const namespace = namespaceOf(request);
  const name = pod.name || pod.generateName || request.name || 'the pod';
  const unasked = leftUnasked(pod, config);
  if (unasked) return podVerdict(unasked, pod.serviceAccount, ports.onRefusal);
  const serviceAccount = await lookUp(`service account ${namespace}/${pod.serviceAccount}`, () =>
    ports.findServiceAccount(namespace, pod.serviceAccount, patienceMs),
  );
  if (serviceAccount instanceof Refusal)
    return failed(serviceAccount, pod.serviceAccount, onFailureIn(namespace, ports));
  const restrictions = await namespaceAnnotations(namespace, ports, patienceMs);
  if (restrictions instanceof Refusal) return failed(restrictions, pod.serviceAccount, onFailureIn(namespace, ports));
  const { randomBytes } = ports;
  const evidence = { namespace, name, serviceAccount, namespaceAnnotations: restrictions, before, randomBytes };
  return podVerdict(admitPod(pod, evidence, config), pod.serviceAccount, ports.onRefusal);
}

/** Pods are injected when they are created; later only their ephemeral containers can be. */
function judgePod(request: AdmissionRequest, ports: AdmissionPorts, patienceMs: number): Promise<Verdict> | Verdict {
  const isCreation = request.operation === 'CREATE' || request.operation === '';
  const addsContainers = request.operation === 'UPDATE' && request.subResource === 'ephemeralcontainers';
  if (!addsContainers && (!isCreation || request.subResource !== '')) {
    return untouched('not-created', 'left alone: no pod is created');
  }
  const pod = readPodToAdmit(request.object);
  if ('kind' in pod) return podVerdict(pod, '', ports.onRefusal);
  if (!addsContainers) return judgePodReview(request, { pod, before: undefined, patienceMs }, ports);
  const before = readPod(request.oldObject);
  if (before instanceof Refusal) return untouched('not-created', 'left alone: the pod before the update is not known');
  return judgePodReview(request, { pod, before, patienceMs }, ports);
}

function annotationsOf(object: unknown): Texts | undefined {
  const metadata = isObject(object) ? objectOf(object, 'metadata') : undefined;
  return metadata && (objectOf(metadata, 'annotations') ?? {});
}

async function judgeAccount(request: AdmissionRequest, ports: AdmissionPorts, patienceMs: number): Promise<Verdict> {
  const annotations = annotationsOf(request.object);
  const isWritten = request.operation === 'CREATE' || request.operation === 'UPDATE';
  if (annotations === undefined || !isWritten)
    return untouched('not-written', 'left alone: no service account is written');
  const namespace = namespaceOf(request);
  const restrictions = await namespaceAnnotations(namespace, ports, patienceMs);
  if (restrictions instanceof Refusal) return failed(restrictions, request.name, ports.onFailure);
  const before = request.operation === 'UPDATE' ? annotationsOf(request.oldObject) : undefined;
  const evidence = { namespace, annotations, before, namespaceAnnotations: restrictions };
  return serviceAccountVerdict(judgeServiceAccount(evidence, ports.config()), request.name, ports.onRefusal);
}

/** The kind under review; a review that does not say is believed its object, and is about a Pod as a last resort. */
function kindOf({ kind, object }: AdmissionRequest): string {
  return kind || (isObject(object) && textOf(object, 'kind')) || 'Pod';
}

/**
 * What the answer to a review is. Never throws for what a request holds.
 * @param patienceMs milliseconds that may go into looking things up
 */
export function judge(
  request: AdmissionRequest,
  ports: AdmissionPorts,
  patienceMs: number,
): Promise<Verdict> | Verdict {
  const kind = kindOf(request);
  if (kind === 'Pod') return judgePod(request, ports, patienceMs);
  if (kind === 'ServiceAccount') return judgeAccount(request, ports, patienceMs);
  return untouched('not-a-pod', `left alone: a ${kind} is not for injection`);
}
