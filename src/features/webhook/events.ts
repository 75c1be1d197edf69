// Kubernetes events about refusals, on the service account whose role it is about: a pod's warning reaches only whoever
// creates the pod, which for a Deployment is a controller.
import type { AdmissionRecord } from './ports.ts';

export interface EventPorts {
  /** Creates an object of `events.k8s.io/v1` in the namespace. */
  readonly createEvent: (namespace: string, event: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that does not jump. */
  readonly elapsed: () => number;
  /** Who reports: the pod's name. */
  readonly instance: string;
  readonly onTrouble: (error: unknown) => void;
}

/** The same news of the same account is told once in this time. */
const quietMs = 10 * 60_000;
/** Events in a minute, for all accounts together: a cluster full of bad annotations must not flood the API server. */
const mostPerMinute = 30;
const mostRemembered = 10_000;
/** What the API takes of a note (events.k8s.io/v1). */
const longestNote = 1024;

function eventOf(record: AdmissionRecord, ports: EventPorts): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    // The API server judges what stands before the random letters as a name, which cannot end in a dot.
    metadata: { generateName: `${record.serviceAccount}-`, namespace: record.namespace },
    eventTime: new Date(ports.now()).toISOString().replace('Z', '000Z'),
    reportingController: 'podiam.dev/webhook',
    reportingInstance: ports.instance,
    action: 'Inject',
    reason: record.outcome === 'refused' ? 'RoleRefused' : 'InjectionFailed',
    type: 'Warning',
    regarding: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      namespace: record.namespace,
      name: record.serviceAccount,
    },
    note: record.reason.slice(0, longestNote),
  };
}

/** Tells of refusals and failures; for the port `log` of the handler. Dry runs leave nothing behind. */
export function createEventTeller(ports: EventPorts): (record: AdmissionRecord) => void {
  const toldAt = new Map<string, number>();
  let minute = { startedAt: 0, told: 0 };

  const isDue = (key: string): boolean => {
    const now = ports.elapsed();
    const last = toldAt.get(key);
    if (last !== undefined && now - last < quietMs) return false;
    if (now - minute.startedAt > 60_000) minute = { startedAt: now, told: 0 };
    if (minute.told >= mostPerMinute) return false;
    minute.told += 1;
    toldAt.delete(key);
    toldAt.set(key, now);
    const [oldest] = toldAt.size > mostRemembered ? toldAt.keys() : [];
    if (oldest !== undefined) toldAt.delete(oldest);
    return true;
  };

  return (record) => {
    const isNews = record.outcome === 'refused' || record.outcome === 'failed';
    if (!isNews || record.dryRun || record.serviceAccount === '' || record.namespace === '') return;
    if (!isDue(JSON.stringify([record.namespace, record.serviceAccount, record.code]))) return;
    ports.createEvent(record.namespace, eventOf(record, ports)).catch(ports.onTrouble);
  };
}
