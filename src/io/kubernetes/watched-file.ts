// A credential in a file that others replace: the kubelet a token, an operator a CA. It is read again after a while, so
// that no file-system notification can be missed, and a new content that is unfit leaves the last good one in use.
import { RefusedError, refuse } from '../../core/refusals/index.ts';
import { readText } from '../files/index.ts';
import type { Source } from './connection.ts';
import type { Vetting } from './material.ts';

export interface FileTiming {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** After how many milliseconds a file is read again. */
  readonly rereadMs: number;
}

/** Kubernetes renews a projected token when a fifth of its life is left; within this time we have the new one. */
export const defaultTiming: FileTiming = { now: () => Date.now(), rereadMs: 10_000 };

/** @throws RefusedError `file-unreadable`, `kubernetes-credential-unfit`: only now, when it is first read */
export async function openWatchedFile(
  path: string,
  field: string,
  vet: Vetting,
  { now, rereadMs }: FileTiming,
): Promise<Source> {
  const readFit = async () => {
    const text = (await readText(path)).trim();
    const problem = vet(text);
    if (problem !== undefined) throw unfit(path, field, problem);
    return text;
  };
  let text = await readFit();
  let readAt = now();
  let reading: Promise<void> | undefined;
  const reread = async () => {
    readAt = now();
    try {
      text = await readFit();
    } catch {
      // Being replaced, or gone for a moment: the next reading will tell, and what was read still serves.
    } finally {
      reading = undefined;
    }
  };
  return async (freshness) => {
    if (freshness !== 'kept' || now() - readAt >= rereadMs || now() < readAt) await (reading ??= reread());
    return text;
  };
}

function unfit(file: string, field: string, problem: string): RefusedError {
  return new RefusedError(refuse('kubernetes-credential-unfit', { file, field, problem }));
}
