// Kubernetes events about refusals, on the service account whose role it is about: a pod's warning reaches only whoever
// creates the pod, which for a Deployment is a controller. Anyone on the network can ask for admission: nothing is told
// but what the cluster itself says, and in no words but those made from it.
import type { Texts } from '../../core/injection/index.ts';
import type { AdmissionRecord } from './ports.ts';

export interface EventPorts {
  /** The annotations of a service account that is known, as far as they count; undefined where it is not. Asks nobody. */
  readonly known: (namespace: string, name: string) => Texts | undefined;
  /** The uid of the account, by which its events are found; undefined where there is no such account. */
  readonly uidOf: (namespace: string, name: string) => Promise<string | undefined>;
  /** Creates an object of `events.k8s.io/v1` in the namespace. */
  readonly createEvent: (namespace: string, event: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that does not jump. */
  readonly elapsed: () => number;
  /** Runs something once after so many milliseconds. */
  readonly after: (ms: number, run: () => void) => unknown;
  /** Who reports: the pod's name. */
  readonly instance: string;
  readonly onTrouble: (error: unknown) => void;
}

/** The same news of the same account is told once in this time. */
const quietMs = 10 * 60_000;
/** Events in a minute, for all accounts together: a cluster full of bad annotations must not flood the API server. */
const mostPerMinute = 30;
/** Of these for one namespace, so that a noisy one does not silence the others. */
const mostPerNamespace = 10;
const mostRemembered = 10_000;
/** Until the watch has brought what was written just now. */
const settleMs = 2000;
const mostWaiting = 1000;
/** Bytes that the API takes of a note (events.k8s.io/v1). */
const longestNote = 1024;

function cut(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(longestNote));
  return text.slice(0, read);
}

function eventOf(record: AdmissionRecord, uid: string, ports: EventPorts): Readonly<Record<string, unknown>> {
  const { namespace, serviceAccount } = record;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // The API server judges what stands before the random letters as a name, which cannot end in a dot.
    metadata: { generateName: `${serviceAccount}-`, namespace },
    eventTime: new Date(ports.now()).toISOString().replace('Z', '000Z'),
    reportingController: 'podiam.dev/webhook',
    reportingInstance: ports.instance,
    action: 'Inject',
    reason: record.outcome === 'refused' ? 'RoleRefused' : 'InjectionFailed',
    type: 'Warning',
    // `kubectl describe` looks for the events of an object by its uid.
    regarding: { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: serviceAccount, uid },
    note: cut(record.refusal?.explain() ?? record.reason),
  };
}

/** How many events may be told, and which were told lately. */
class Budget {
  readonly #elapsed: () => number;
  readonly #toldAt = new Map<string, number>();
  #startedAt = 0;
  #told = 0;
  #byNamespace = new Map<string, number>();

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  isQuiet(key: string): boolean {
    const last = this.#toldAt.get(key);
    return last !== undefined && this.#elapsed() - last < quietMs;
  }

  /** Whether one more may be told, which then counts as told. */
  take(key: string, namespace: string): boolean {
    const now = this.#elapsed();
    if (now - this.#startedAt > 60_000) {
      [this.#startedAt, this.#told] = [now, 0];
      this.#byNamespace = new Map();
    }
    const here = this.#byNamespace.get(namespace) ?? 0;
    if (this.isQuiet(key) || this.#told >= mostPerMinute || here >= mostPerNamespace) return false;
    this.#told += 1;
    this.#byNamespace.set(namespace, here + 1);
    this.#toldAt.delete(key);
    this.#toldAt.set(key, now);
    const [oldest] = this.#toldAt.size > mostRemembered ? this.#toldAt.keys() : [];
    if (oldest !== undefined) this.#toldAt.delete(oldest);
    return true;
  }
}

const keyOf = ({ namespace, serviceAccount, code }: AdmissionRecord) =>
  JSON.stringify([namespace, serviceAccount, code]);

/** Whether the cluster has the account, and it says what the review said of it. */
function isSo({ claimed, namespace, serviceAccount }: AdmissionRecord, ports: EventPorts): boolean {
  const annotations = ports.known(namespace, serviceAccount);
  return annotations !== undefined && (claimed === undefined || annotations[claimed.key] === claimed.value);
}

/** Tells of refusals and failures; for the port `log` of the handler. Dry runs leave nothing behind. */
export function createEventTeller(ports: EventPorts): (record: AdmissionRecord) => void {
  const budget = new Budget(ports.elapsed);
  const waiting = new Map<string, AdmissionRecord>();

  const create = async (record: AdmissionRecord) => {
    const { namespace, serviceAccount } = record;
    const uid = await ports.uidOf(namespace, serviceAccount);
    if (uid !== undefined) await ports.createEvent(namespace, eventOf(record, uid, ports));
  };

  const tell = (record: AdmissionRecord) => {
    if (budget.take(keyOf(record), record.namespace)) create(record).catch(ports.onTrouble);
  };

  /** What is under review is not written yet; the last that was said of it counts. */
  const wait = (record: AdmissionRecord) => {
    const key = keyOf(record);
    const isNew = !waiting.has(key);
    if (isNew && waiting.size >= mostWaiting) return;
    waiting.set(key, record);
    if (!isNew) return;
    ports.after(settleMs, () => {
      const last = waiting.get(key);
      waiting.delete(key);
      if (last !== undefined && isSo(last, ports)) tell(last);
    });
  };

  return (record) => {
    const isNews = record.outcome === 'refused' || record.outcome === 'failed';
    if (!isNews || record.dryRun || record.serviceAccount === '' || record.namespace === '') return;
    if (budget.isQuiet(keyOf(record))) return;
    if (isSo(record, ports)) tell(record);
    else wait(record);
  };
}
