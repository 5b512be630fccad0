import type { LogLevel, Logger as TemporalLogger } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import { redactedLine } from './redact.ts';

/** JSON lines on stdout, secrets replaced; `LOG_LEVEL` says from which level, default `info`. */
export const processLog = (name: string): Logger =>
  pino({ name, level: process.env.LOG_LEVEL ?? 'info', hooks: { streamWrite: redactedLine } });

const LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Temporal's log lines through pino: its `error` is pino's `err`, and a task token is nobody's business. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta: Record<string | symbol, unknown> = {}): void => {
    const { taskToken: _, error, ...rest } = meta;
    log[LEVELS[level]]({ ...rest, ...(error === undefined ? {} : { err: error }) }, message.trimEnd());
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
