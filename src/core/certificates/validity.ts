// Periods of validity: how long a certificate is for, and when it is time for the next.
/** Milliseconds since the epoch, whole seconds, both ends included (RFC 5280, section 4.1.2.5). */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Clients' clocks, and those of our replicas, may be behind by this much. */
const backdatedMs = 3_600_000;

const wholeSecond = (time: number) => Math.floor(time / 1000) * 1000;

/** Whether a clock that says `now` finds the certificate expired, or not valid yet. */
export function isOutside({ notBefore, notAfter }: Validity, now: number): boolean {
  return now >= notAfter || now < notBefore;
}

/** A third of its life before it ends: of the configured life where its own is longer. */
export function renewalTime({ notBefore, notAfter }: Validity, lifetime: number): number {
  return notAfter - Math.min(notAfter - notBefore, lifetime) / 3;
}

/**
 * The period of a certificate made now. One that looks expired or not valid yet tells either that time has passed or
 * that somebody's clock is wrong, and nobody can tell which: its successor covers its period too, and is valid by both
 * clocks. So a replica whose clock jumps breaks no connection, and two that disagree do not replace each other's.
 */
export function periodFrom(now: number, lifetime: number, predecessor?: Validity): Validity {
  const notBefore = wholeSecond(now - backdatedMs);
  const notAfter = wholeSecond(now + lifetime);
  if (predecessor === undefined || !isOutside(predecessor, now)) return { notBefore, notAfter };
  return {
    notBefore: Math.min(notBefore, predecessor.notBefore),
    notAfter: Math.max(notAfter, predecessor.notAfter),
  };
}

/** The same period, ending no later than the authority: a chain is as valid as its shortest part. */
export function within(period: Validity, authority: Validity): Validity {
  return { notBefore: period.notBefore, notAfter: Math.min(period.notAfter, authority.notAfter) };
}
