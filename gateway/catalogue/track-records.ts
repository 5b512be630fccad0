// How goals did: their last outcome, and how often they were reached within a window.
//
// A cluster allows ten visibility queries a second by default, for everybody in the namespace. So one look at what
// is open and one at what closed last are made for all goals at once, however many ask; and for those of which nothing
// closed lately, a look at what closed last of them together.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { isoOf, millisecondsOf } from '../../views/event-time.ts';
import { windowMs } from '../http/window.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { type TrueOutcomes, trueOutcomes } from '../temporal/true-outcomes.ts';
import { runQuery } from '../temporal/visibility-query.ts';

const FRESH_MS = 3_000;
/** For a goal of which nothing closed lately. */
const OLD_FRESH_MS = 60_000;
/** The most that Temporal lists at once. */
const LOOK = 1_000;
/** Goals in one query: its text has a bound. */
const GOALS_AT_ONCE = 100;

export interface GoalRecord {
  /** The goal's run that closed last; null when none did. */
  last: { id: string; outcome: Outcome; closedAt: string | null } | null;
  /**
   * Executions that closed since then, by outcome, and those that are open. `since` is the beginning of the window,
   * or later: only the thousand executions that closed last, of all goals, are counted.
   */
  record: { window: string; since: string } & { [outcome in Outcome | 'open']: number };
}

export interface Records {
  /** Of each of these goals, by name. */
  of(goals: readonly string[], window: string): Promise<Map<string, GoalRecord>>;
}

interface Closed {
  goal: string;
  id: string;
  outcome: Outcome;
  closedAt: string | null;
  ms: number;
}

interface Look {
  /** Goals of the executions that are open, one entry each. */
  open: string[];
  /** From the one that closed last. */
  closed: Closed[];
  /** Since when all that closed are among them, in milliseconds. */
  since: number;
}

/** Reads records; what they tell is at most a few seconds old. */
export function recordsOf(temporal: Temporal): Records {
  const outcomes = trueOutcomes(temporal);
  const looks = new LRUCache<string, Look>({
    ...{ max: 1, ttl: FRESH_MS },
    fetchMethod: () => look(temporal, outcomes),
  });
  const olds = new LRUCache<string, { last: Closed | null }>({ max: 5_000, ttl: OLD_FRESH_MS });
  let asked: Promise<unknown> = Promise.resolve();
  /** Finds the last run of each of these. One after another, so that who asks for the same waits and finds it. */
  const findOlds = (goals: readonly string[]): Promise<void> => {
    const found = asked.then(async () => {
      const unknown = goals.filter((goal) => !olds.has(goal));
      for (let i = 0; i < unknown.length; i += GOALS_AT_ONCE)
        for (const [goal, last] of await lastRuns(temporal, outcomes, unknown.slice(i, i + GOALS_AT_ONCE)))
          olds.set(goal, { last });
    });
    asked = found.catch(() => {});
    return found;
  };
  return {
    async of(goals, window) {
      // Nor has such a namespace the attributes that a look asks for.
      if (goals.length === 0) return new Map();
      const seen = await looks.forceFetch('all');
      const closed = new Map<string, Closed[]>(goals.map((goal) => [goal, []]));
      for (const run of seen.closed) closed.get(run.goal)?.push(run);
      if (seen.since > 0) await findOlds(goals.filter((goal) => closed.get(goal)?.length === 0));
      const since = Math.max(Date.now() - (windowMs(window) ?? 0), seen.since);
      const records = new Map<string, GoalRecord>();
      for (const [goal, runs] of closed) {
        const last = runs[0] ?? olds.get(goal)?.last ?? null;
        const record = {
          window,
          since: new Date(since).toISOString(),
          ...{ achieved: 0, failed: 0, cancelled: 0, open: 0 },
        };
        for (const { outcome, ms } of runs) if (ms >= since) record[outcome]++;
        for (const open of seen.open) if (open === goal) record.open++;
        records.set(goal, {
          last: last && { id: last.id, outcome: last.outcome, closedAt: last.closedAt },
          record,
        });
      }
      return records;
    },
  };
}

/** The run that closed last of each of these goals; null of one that has none. */
async function lastRuns(
  temporal: Temporal,
  outcomes: TrueOutcomes,
  goals: readonly string[],
): Promise<Map<string, Closed | null>> {
  const last = new Map<string, Closed | null>();
  for (let missing = goals; missing.length > 0; ) {
    const { rows, isWhole } = await closedRuns(temporal, outcomes, missing, LOOK);
    for (const run of rows) if (!last.has(run.goal)) last.set(run.goal, run);
    const left = missing.filter((goal) => !last.has(goal));
    // A page that is full tells of one of them at least, so that there are fewer each time.
    const isDone = isWhole || left.length === missing.length;
    if (isDone) for (const goal of left) last.set(goal, null);
    missing = isDone ? [] : left;
  }
  return last;
}

async function look(temporal: Temporal, outcomes: TrueOutcomes): Promise<Look> {
  const [open, { rows, isWhole }] = await Promise.all([
    list(temporal, runQuery({ state: 'pursuing' }, []), LOOK),
    closedRuns(temporal, outcomes, undefined, LOOK),
  ]);
  return {
    open: open.map((row) => goalOf(row) ?? ''),
    closed: rows,
    since: isWhole ? 0 : (rows.at(-1)?.ms ?? 0),
  };
}

async function closedRuns(
  temporal: Temporal,
  outcomes: TrueOutcomes,
  goals: readonly string[] | undefined,
  limit: number,
) {
  // Temporal lists what is closed from what closed last.
  const found = await list(temporal, runQuery({ goals, state: 'closed' }, []), limit);
  const runs = found.filter((row) => goalOf(row) !== null);
  const ends = await outcomes(runs);
  const rows = runs.flatMap((row, i): Closed[] => {
    const [named, outcome = null] = [goalOf(row), ends[i]];
    if (named === null || outcome === null) return [];
    const { closeTime, execution } = row;
    const ms = millisecondsOf(closeTime) ?? 0;
    return [{ goal: named, id: execution?.workflowId ?? '', outcome, closedAt: isoOf(closeTime), ms }];
  });
  return { rows, isWhole: found.length < limit };
}

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** The goal of which this is a run; null when it is none. */
function goalOf({ execution, type }: Row): string | null {
  const goal = parseRunId(execution?.workflowId ?? '')?.goal;
  return goal !== undefined && goal === type?.name ? goal : null;
}

async function list(temporal: Temporal, query: string, pageSize: number): Promise<Row[]> {
  const { namespace } = temporal;
  const { executions } = await temporal.call((service) =>
    service.listWorkflowExecutions({ namespace, query, pageSize }),
  );
  return executions ?? [];
}
