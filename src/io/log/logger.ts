// The log: one JSON object per line on standard error, secrets taken out, never in the way of a request.
import { pino } from 'pino';
import { redactFacts, redactText } from './redact.ts';
import { type LineSink, openStandardError } from './standard-error.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

type Facts = Readonly<Record<string, unknown>>;

export interface Log {
  readonly debug: (message: string, facts?: Facts) => void;
  readonly info: (message: string, facts?: Facts) => void;
  readonly warn: (message: string, facts?: Facts) => void;
  readonly error: (message: string, facts?: Facts) => void;
  /** A log whose lines all carry these facts. */
  readonly with: (facts: Facts) => Log;
  /** Lines that were lost since the start because nobody read them. */
  readonly dropped: () => number;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Where whole lines go; standard error without it. */
  readonly destination?: { readonly write: (line: string) => void };
}

const timestamp = pino.stdTimeFunctions.isoTime;

/** Stands where lines are missing. */
function gapLine(dropped: number): string {
  const facts = { level: 'warn', time: new Date().toISOString(), dropped };
  return `${JSON.stringify({ ...facts, message: 'lines of this log were dropped, since nobody read it' })}\n`;
}

export function createLogger({ level, destination }: LogOptions): Log {
  const target: Pick<LineSink, 'write'> & Partial<LineSink> = destination ?? openStandardError(gapLine);
  const options = { level, base: null, timestamp, messageKey: 'message' };
  const logger = pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, target);
  return over(logger, target.dropped ?? (() => 0));
}

type Sink = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error' | 'child' | 'isLevelEnabled'>;

function over(sink: Sink, dropped: Log['dropped']): Log {
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
    with: (facts) => over(sink.child(redactFacts(facts)), dropped),
    dropped,
  };
}
