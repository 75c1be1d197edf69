export { createLogger, type Log, type LogLevel, type LogOptions } from './logger.ts';
