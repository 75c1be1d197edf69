// The log: one JSON object per line on standard error, secrets taken out, never in the way of a request.
import { destination as openDestination, pino } from 'pino';
import { redactFacts, redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

type Facts = Readonly<Record<string, unknown>>;

export interface Log {
  readonly debug: (message: string, facts?: Facts) => void;
  readonly info: (message: string, facts?: Facts) => void;
  readonly warn: (message: string, facts?: Facts) => void;
  readonly error: (message: string, facts?: Facts) => void;
  /** A log whose lines all carry these facts. */
  readonly with: (facts: Facts) => Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Where whole lines go; standard error without it. */
  readonly destination?: { readonly write: (line: string) => void };
}

/** Lines that wait while nobody reads standard error; beyond it they are dropped, and requests go on. */
const longestBacklog = 1024 * 1024;

export function createLogger({ level, destination }: LogOptions): Log {
  const target = destination ?? openDestination({ dest: 2, sync: false, maxLength: longestBacklog });
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' };
  return over(pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, target));
}

type Sink = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'child' | 'isLevelEnabled'>;

function over(sink: Sink): Log {
  const writer =
    (level: Exclude<LogLevel, 'silent'>): Log['info'] =>
    (message, facts = {}) => {
      if (sink.isLevelEnabled(level)) sink[level](redactFacts(facts), redactText(message));
    };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    with: (facts) => over(sink.child(redactFacts(facts))),
  };
}
