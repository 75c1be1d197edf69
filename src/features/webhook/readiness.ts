// Whether pods should be sent here, and what is to be said even where they should.
import type { Refusal } from '../../core/refusals/index.ts';
import type { HealthPorts } from './health.ts';

export interface ReadinessSources {
  readonly isDraining: () => boolean;
  /** Whether all service accounts, and whatever else is watched, were listed once. */
  readonly isListed: () => boolean;
  /** Why something that decisions need is not known; undefined of what is. */
  readonly unknown: readonly (() => string | undefined)[];
  /** Undefined before it is looked after. */
  readonly certificate: () => ServedCertificate | undefined;
}

interface ServedCertificate {
  /** Whether a valid one is served that API servers are told to trust, as far as that can be known. */
  readonly ready: () => boolean;
  readonly trouble: () => Refusal | undefined;
}

function troubleOf({ certificate }: ReadinessSources): readonly string[] {
  const trouble = certificate()?.trouble();
  return trouble === undefined ? [] : [`${trouble.code}: ${trouble.sentence}`];
}

function unreadyBecause(sources: ReadinessSources): readonly string[] {
  const { certificate, isDraining, isListed, unknown } = sources;
  const isServed = certificate()?.ready() === true;
  const checks: readonly (readonly [boolean, string])[] = [
    [isDraining(), 'it is shutting down'],
    [!isListed(), 'the service accounts are not listed yet'],
    [!isServed, 'no certificate is served that the API server is known to trust'],
  ];
  return [
    ...checks.flatMap(([holds, reason]) => (holds ? [reason] : [])),
    ...(isServed ? [] : troubleOf(sources)),
    ...unknown.map((because) => because()).filter((reason) => reason !== undefined),
  ];
}

/** For the probes. What is wrong with a certificate that serves nonetheless is told beside the yes. */
export function createReadiness(sources: ReadinessSources): HealthPorts {
  return { unreadyBecause: () => unreadyBecause(sources), notes: () => troubleOf(sources) };
}
