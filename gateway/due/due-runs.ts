// Runs as Temporal lists them, by what their starts told: when they are due, and for which scheduled times they are.

import type { temporal as proto } from '@temporalio/proto';
import { timesIn } from '../../goals/wire/by-clock.ts';
import { searchAttributes as attributes, memoNames } from '../../goals/wire/names.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { paceSchema, whySchema } from '../../goals/wire/run-view.ts';
import { workflowExecutionStatus } from '../../goals/wire/temporal-enums.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { value } from '../../views/payload.ts';
import { outcomeOf } from '../temporal/visibility-query.ts';

export type ListedRow = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** A run with all its executions that were listed; times in milliseconds since 1970. */
export interface DueRun {
  goal: string;
  key: string;
  run: string;
  /** The latest. */
  execution: string;
  state: 'open' | 'achieved' | 'failed';
  startedAt: number;
  usualMs: number | null;
  deadline: number | null;
  /** Its workflow knows that it is. */
  isAtRisk: boolean;
  /** By when its executions are due, or were. */
  dues: number[];
  /** The scheduled times that it is for. */
  meant: number[];
}

/** One for each run, of whatever order the rows are in. */
export function runsIn(rows: readonly ListedRow[]): DueRun[] {
  const runs = new Map<string, DueRun>();
  for (const row of rows) {
    const one = runIn(row);
    if (one === null) continue;
    const other = runs.get(one.run);
    const latest = other === undefined || one.startedAt >= other.startedAt ? one : other;
    runs.set(one.run, {
      ...latest,
      dues: [...one.dues, ...(other?.dues ?? [])],
      meant: [...one.meant, ...(other?.meant ?? [])],
    });
  }
  return [...runs.values()];
}

function runIn({ execution, type, status, startTime, memo, searchAttributes }: ListedRow): DueRun | null {
  const run = execution?.workflowId ?? '';
  const parts = parseRunId(run);
  if (parts === null || parts.goal !== type?.name) return null;
  const startedAt = millisecondsOf(startTime) ?? 0;
  const pace = paceSchema.safeParse(value(memo?.fields?.[memoNames.pace])).data;
  const why = whySchema.safeParse(value(memo?.fields?.[memoNames.why])).data;
  const { deadline, expected } = timesIn(pace, startedAt);
  const due = expected ?? deadline;
  const isMeant = why?.kind === 'schedule' || why?.kind === 'backfill';
  const isOpen = status === workflowExecutionStatus.RUNNING;
  return {
    ...{ goal: parts.goal, key: parts.key, run, execution: execution?.runId ?? '' },
    state: isOpen ? 'open' : outcomeOf(status) === 'achieved' ? 'achieved' : 'failed',
    ...{ startedAt, usualMs: pace?.usualMs ?? null, deadline },
    isAtRisk: value(searchAttributes?.indexedFields?.[attributes.pace]) === 'at-risk',
    dues: due === null ? [] : [due],
    meant: isMeant ? [Date.parse(why.at)] : [],
  };
}
