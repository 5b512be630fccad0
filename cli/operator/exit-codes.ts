// The exit codes of the operators' commands and of preflight, whose open runs that would break are `failed`: scripts and pipelines
// decide by them. docs/guide/command-line.md shows this table.

import { GoalkeeperProblem, GoalkeeperUnreachable, type RunOf } from '../../client/index.ts';
import { CommandProblem } from './command-problem.ts';

export const exitCodes = {
  done: { code: 0, means: 'the outcome was achieved, or the command did as asked' },
  wrong: { code: 1, means: 'the command is not right, or something else went wrong' },
  failed: { code: 2, means: 'the run failed' },
  refused: { code: 3, means: 'the gateway refused, or nobody confirmed' },
  unreachable: { code: 4, means: 'the gateway, Temporal or a worker does not answer' },
  cancelled: { code: 5, means: 'the run was cancelled' },
  waiting: { code: 6, means: 'the run waits for a person' },
  unknown: { code: 7, means: 'the gateway does not know it' },
  open: { code: 8, means: 'the run is still under way' },
} as const satisfies Record<string, { code: number; means: string }>;

export type ExitName = keyof typeof exitCodes;

/** How a command ends that asks how a run stands. */
export function exitOfRun({ outcome, waiting }: Pick<RunOf, 'outcome' | 'waiting'>): ExitName {
  if (outcome === 'achieved') return 'done';
  return outcome ?? (waiting.length > 0 ? 'waiting' : 'open');
}

/** How a command ends that threw. */
export function exitOfError(error: unknown): ExitName {
  if (error instanceof CommandProblem) return error.exit;
  if (error instanceof GoalkeeperUnreachable) return 'unreachable';
  if (!(error instanceof GoalkeeperProblem)) return 'wrong';
  if (error.status === 503) return 'unreachable';
  if (error.status >= 500) return 'wrong';
  return error.status === 404 && error.code !== 'route_unknown' ? 'unknown' : 'refused';
}
