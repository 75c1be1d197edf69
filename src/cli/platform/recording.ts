// The audit record in all places that it is kept in: the registry, and, where one is set, a file or stream of JSON lines.
// No credentials leave before each has it.
import type { AuditEvent, SessionRecord } from '../../core/registry/index.ts';
import { auditJson } from '../../features/administration/index.ts';
import { type LineFile, openLineFile } from '../../io/audit/index.ts';
import type { Registry } from '../../io/sql/index.ts';
import type { PlatformMetrics } from './metrics.ts';

export interface RecordingParts {
  readonly registry: Registry;
  readonly lines: LineFile | undefined;
  readonly metrics: Pick<PlatformMetrics, 'decided' | 'issued' | 'unrecorded'>;
}

/**
 * The file of --audit-log. SIGHUP has it opened anew, as programs that rotate files ask for it; without a file the signal
 * ends the process, as ever.
 * @throws RefusedError `file-unwritable`
 */
export function openAuditLines(sink: string | undefined): LineFile | undefined {
  if (sink === undefined) return undefined;
  const lines = openLineFile(sink);
  process.on('SIGHUP', lines.reopen);
  const close = () => {
    process.off('SIGHUP', lines.reopen);
    lines.close();
  };
  return { write: lines.write, refused: lines.refused, reopen: lines.reopen, close };
}

type Recorder = Pick<Registry, 'issueSession' | 'appendAudit'>;

const lineOf = (event: AuditEvent) => `${JSON.stringify(auditJson(event))}\n`;

/** Resolves once it stands in the registry and in the lines; rejects where one of them does not take it. */
export function strictRecorder({ registry, lines, metrics }: RecordingParts): Recorder {
  async function record(event: AuditEvent, write: () => Promise<void>): Promise<void> {
    try {
      // The lines first: a sink that is stuck must not fill the registry with what was never given.
      await lines?.write(lineOf(event));
      await write();
    } catch (error) {
      metrics.unrecorded();
      throw error;
    }
    metrics.decided(event);
  }
  return {
    issueSession: async (session: SessionRecord, event: AuditEvent) => {
      await record(event, () => registry.issueSession(session, event));
      metrics.issued(session.kind ?? 'web-identity');
    },
    appendAudit: (event) => record(event, () => registry.appendAudit(event)),
  };
}

/**
 * For requests by sessions that were given already: the registry must have it, the lines get it as they can. A reader that
 * is stuck stops what is issued, and not what runs.
 */
export function steadyRecorder({ registry, lines, metrics }: RecordingParts): Pick<Registry, 'appendAudit'> {
  return {
    appendAudit: async (event) => {
      lines?.write(lineOf(event)).catch(() => {});
      await registry.appendAudit(event);
      metrics.decided(event);
    },
  };
}
