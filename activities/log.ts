import type { LogLevel, Logger as TemporalLogger } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { RESERVED_PREFIX } from '../goals/wire/names.ts';
import { isOfReplay } from './quiet-replays.ts';
import { redactedLine } from './redact.ts';
import { sealedLine } from './sealed-line.ts';

/** JSON lines on stdout, secrets replaced; `LOG_LEVEL` says from which level, default `info`. */
export const processLog = (name: string): Logger =>
  pino({
    name,
    level: process.env.LOG_LEVEL ?? 'info',
    hooks: {
      streamWrite: process.env.GOALKEEPER_KEYS ? (line) => redactedLine(sealedLine(line)) : redactedLine,
    },
  });

const LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

type Meta = Record<string | symbol, unknown>;

/** The native part of Temporal's SDK would else write lines of its own to the console. */
export const FORWARDED_LOGGING = { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } as const;

/** Temporal's log lines through pino, in our words: its `error` is pino's `err`, and no task is anybody's business. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta: Meta = {}): void => {
    const ours = LEVELS[level];
    // Temporal says several things of each task that hardly anybody hears.
    if (log.isLevelEnabled(ours) && !isOfReplay(meta)) log[ours](told(meta), message.trimEnd());
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

function told(meta: Meta): Record<string, unknown> {
  // A token lets its holder complete the task; the task itself holds it once more, and the inputs.
  const { taskToken: _, task: __, taskEncoded: ___, error, ...rest } = meta;
  const isTheSdks = ['worker', 'core'].includes(String(rest.sdkComponent));
  const kept = Object.entries(rest).filter(([, value]) => !isTheSdks || isPlain(value));
  const { workflowType, workflowId, runId, activityId, activityType, attempt, ...others } =
    Object.fromEntries(kept);
  const err = error === undefined ? {} : { err: error };
  if (typeof workflowType !== 'string' || workflowType.startsWith(RESERVED_PREFIX))
    return { ...Object.fromEntries(kept), ...err };
  const run = { goal: workflowType, run: workflowId, execution: runId };
  if (activityId === undefined) return { ...others, ...run, ...err };
  const isStep = rest.isLocal !== true && !String(activityType).startsWith(RESERVED_PREFIX);
  const step = isStep ? { step: attemptOf(String(activityId)).path } : {};
  return { ...others, ...run, ...step, activityType, serverAttempt: attempt, ...err };
}

const isPlain = (value: unknown): boolean => value === null || !['object', 'function'].includes(typeof value);
