// The log that a job is given. What the worker says of the attempt (which run, step and attempt it is) is the worker's: a job
// can neither overwrite it nor write past it, and a flood of lines is its own loss.

import { type Logger, pino } from 'pino';
import { LINE_CHARACTERS, LINE_OPTIONS, readLine } from '../log-line.ts';
import type { LastLines } from './last-lines.ts';
import type { LogBudget } from './log-budget.ts';
import type { WholeLog } from './whole-log.ts';

const LEVELS: Readonly<Record<number, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** `given` is bound to the attempt; `lines` keeps the newest lines, whatever becomes of them in the worker's log; `whole` keeps those of that log. */
export function attemptLog(
  given: Logger,
  budget: LogBudget,
  lines: LastLines,
  whole: WholeLog | null = null,
): Logger {
  // The job's own log has made data of an error.
  const log = given.child({}, { serializers: { err: (error: unknown) => error } });
  const write = (line: string): void => {
    lines.push(line);
    if (!budget.take()) return;
    const begun = performance.now();
    whole?.push(line);
    logDropped(log, budget);
    try {
      const { level, msg, fields } = readLine(line);
      log[LEVELS[level] ?? 'info'](fields, msg);
    } catch {
      log.info(line.slice(0, LINE_CHARACTERS));
    }
    budget.spent(performance.now() - begun);
  };
  return pino({ ...LINE_OPTIONS, level: log.isLevelEnabled('info') ? log.level : 'info' }, { write });
}

/** Says how many lines were left out, where some were. */
export function logDropped(log: Logger, budget: LogBudget): void {
  const dropped = budget.dropped();
  if (dropped > 0)
    log.warn({ dropped }, 'lines of the job were left out: too many a second, or too dear to redact');
}
