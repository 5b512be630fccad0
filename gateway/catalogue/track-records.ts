// How goals did: their last outcome, and how often they were reached within a window.
//
// A cluster allows ten visibility queries a second by default, for everybody in the namespace. So one look at what
// is open and one at what closed last are made for all goals at once, however many ask; and for those of which nothing
// closed lately, a look at what closed last of them together.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { RecentRun, TrackRecord } from '../../goals/wire/answers.ts';
import { hasLight } from '../../goals/wire/light.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import type { Outcome } from '../../goals/wire/run-view.ts';
import { isoOf, millisecondsOf } from '../../views/event-time.ts';
import { runRow } from '../../views/run-row.ts';
import { concurrently } from '../http/concurrently.ts';
import { windowMs } from '../http/window.ts';
import type { LightRows } from '../light/light-rows.ts';
import type { Temporal } from '../temporal/temporal.ts';
import type { TrueOutcomes } from '../temporal/true-outcomes.ts';
import { type RunFilter, visibilityQuery } from '../temporal/visibility-query.ts';

const FRESH_MS = 3_000;
/** Sets of teams that are looked at by themselves. */
const SETS_LIMIT = 100;
/** Goals whose hosts are read at once. */
const LIGHT_AT_ONCE = 4;
/** For a goal of which nothing closed lately. */
const OLD_FRESH_MS = 60_000;
/** The most that Temporal lists at once. */
const LOOK = 1_000;
/** Goals in one query: its text has a bound. */
const GOALS_AT_ONCE = 100;

export interface Records {
  /** Of each of these goals, by name. */
  of(
    goals: readonly string[],
    window: string,
    /** Whose runs are looked at; null, which is the default: every team's. */
    teams?: readonly string[] | null,
  ): Promise<Map<string, TrackRecord>>;
}

interface Closed {
  goal: string;
  id: string;
  outcome: Outcome;
  closedAt: string | null;
  ms: number;
  row: Row;
}

/** Where light runs are found. */
interface LightRuns {
  rows: LightRows;
  goals(): Promise<readonly Publication[]>;
}

/** Runs of a goal that are told of. */
const RECENT = 30;
/** How often more is looked for of goals of which few runs were found. */
const ROUNDS = 3;

interface Look {
  /** Goals of the executions that are open, one entry each. */
  open: string[];
  /** From the one that closed last. */
  closed: Closed[];
  /** Since when all that closed are among them, in milliseconds. */
  since: number;
}

/** Reads records; what they tell is at most a few seconds old. */
export function recordsOf(
  temporal: Temporal,
  outcomes: TrueOutcomes,
  light: LightRuns | null = null,
): Records {
  const looks = new LRUCache<string, Look, readonly string[] | null>({
    ...{ max: SETS_LIMIT, ttl: FRESH_MS },
    fetchMethod: (_key, _stale, { context: teams }) => look(temporal, outcomes, teams),
  });
  const olds = new LRUCache<string, Closed[]>({ max: 5_000, ttl: OLD_FRESH_MS });
  let asked: Promise<unknown> = Promise.resolve();
  /** Finds the last runs of each of these. One after another, so that who asks for the same waits and finds it. */
  const findOlds = (goals: readonly string[]): Promise<void> => {
    const found = asked.then(async () => {
      const unknown = goals.filter((goal) => !olds.has(goal));
      for (let i = 0; i < unknown.length; i += GOALS_AT_ONCE)
        for (const [goal, last] of await lastRuns(temporal, outcomes, unknown.slice(i, i + GOALS_AT_ONCE)))
          olds.set(goal, last);
    });
    asked = found.catch(() => {});
    return found;
  };
  return {
    async of(goals, window, teams = null) {
      // Nor has such a namespace the attributes that a look asks for.
      if (goals.length === 0) return new Map();
      const seen = await looks.forceFetch(JSON.stringify(teams), { context: teams });
      const closed = new Map<string, Closed[]>(goals.map((goal) => [goal, []]));
      for (const run of seen.closed) closed.get(run.goal)?.push(run);
      if (seen.since > 0) await findOlds(goals.filter((goal) => (closed.get(goal)?.length ?? 0) < RECENT));
      const since = Math.max(Date.now() - windowMs(window), seen.since);
      const records = new Map<string, TrackRecord>();
      const lights = await ofLight(light, goals, { teams, since });
      for (const [goal, runs] of closed) {
        const known = new Set(runs.map(({ row }) => row.execution?.runId));
        const all = [
          ...runs,
          ...(olds.get(goal) ?? []).filter(({ row }) => !known.has(row.execution?.runId)),
          ...(lights.get(goal)?.runs ?? []),
        ].sort((a, b) => b.ms - a.ms);
        const last = all[0] ?? null;
        const record = {
          window,
          since: new Date(since).toISOString(),
          ...{ achieved: 0, failed: 0, cancelled: 0, open: 0 },
        };
        for (const { outcome, ms } of runs) if (ms >= since) record[outcome]++;
        record.achieved += lights.get(goal)?.achieved ?? 0;
        for (const open of seen.open) if (open === goal) record.open++;
        records.set(goal, {
          last: last && { id: last.id, outcome: last.outcome, closedAt: last.closedAt },
          recent: recentOf(all),
          record,
        });
      }
      return records;
    },
  };
}

/** The last light runs of each of these goals, and how many were achieved since; nothing of one whose runs are ordinary. */
async function ofLight(
  light: LightRuns | null,
  names: readonly string[],
  { teams, since }: { teams: readonly string[] | null; since: number },
): Promise<Map<string, { runs: Closed[]; achieved: number }>> {
  const all = (await light?.goals()) ?? [];
  const own = all.filter((one) => hasLight(one) && names.includes(one.goal));
  const found = await concurrently(LIGHT_AT_ONCE, own, async (one) => {
    const { goal } = one;
    const [page, achieved] = await Promise.all([
      light?.rows.page({ goal, teams }, [one], null, 2 * RECENT),
      light?.rows.count({ goal, teams, since: { at: new Date(since), text: '' } }, [one]),
    ]);
    const runs = (page?.rows ?? []).map((row): Closed => {
      const { closeTime, execution } = row;
      const ms = millisecondsOf(closeTime) ?? 0;
      return {
        goal,
        id: execution?.workflowId ?? '',
        outcome: 'achieved',
        closedAt: isoOf(closeTime),
        ms,
        row,
      };
    });
    return [goal, { runs, achieved: achieved ?? 0 }] as const;
  });
  return new Map(found);
}

/** The runs among these executions, which come from the latest: each by its latest execution. */
function recentOf(all: readonly Closed[]): RecentRun[] {
  const cells = new Map<string, RecentRun>();
  for (const { id, outcome, ms, closedAt, row } of all) {
    const cell = cells.get(id);
    if (cell?.outcome === 'achieved' && outcome !== 'achieved') cell.mended = true;
    if (cell !== undefined || cells.size === RECENT || closedAt === null) continue;
    const shown = runRow(row, { outcome, failure: null }, ms);
    cells.set(id, {
      ...{ run: id, execution: row.execution?.runId ?? '', outcome, closedAt },
      mended: outcome === 'achieved' && shown?.why?.kind === 'resume',
      accepted: false,
      healed: shown?.healed ?? null,
      ms: ms - (millisecondsOf(row.startTime) ?? ms),
    });
  }
  return [...cells.values()];
}

/** The runs that closed last of each of these goals, from the latest; of a goal that has any, one at least. */
async function lastRuns(
  temporal: Temporal,
  outcomes: TrueOutcomes,
  goals: readonly string[],
): Promise<Map<string, Closed[]>> {
  const last = new Map<string, Closed[]>(goals.map((goal) => [goal, []]));
  let missing = goals;
  for (let round = 1; missing.length > 0; round++) {
    const { rows, isWhole } = await closedRuns(temporal, outcomes, { goals: missing }, LOOK);
    for (const goal of missing) last.set(goal, rows.filter((row) => row.goal === goal).slice(0, 2 * RECENT));
    if (isWhole) break;
    const found = (goal: string): number => last.get(goal)?.length ?? 0;
    const left = missing.filter((goal) => found(goal) === 0 || (round < ROUNDS && found(goal) < RECENT));
    // A page that is full tells of one of them at least; where all are still to be looked for, the next tells the same.
    if (left.length === missing.length) break;
    missing = left;
  }
  return last;
}

async function look(
  temporal: Temporal,
  outcomes: TrueOutcomes,
  teams: readonly string[] | null,
): Promise<Look> {
  const [open, { rows, isWhole }] = await Promise.all([
    list(temporal, visibilityQuery({ state: 'pursuing', teams }, []), LOOK),
    closedRuns(temporal, outcomes, { teams }, LOOK),
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
  whose: Pick<RunFilter, 'goals' | 'teams'>,
  limit: number,
) {
  // Temporal lists what is closed from what closed last.
  const found = await list(temporal, visibilityQuery({ ...whose, state: 'closed' }, []), limit);
  const runs = found.filter((row) => goalOf(row) !== null);
  const ends = await outcomes(runs);
  const rows = runs.flatMap((row, i): Closed[] => {
    const [named, outcome = null] = [goalOf(row), ends[i]];
    if (named === null || outcome === null) return [];
    const { closeTime, execution } = row;
    const ms = millisecondsOf(closeTime) ?? 0;
    return [{ goal: named, id: execution?.workflowId ?? '', outcome, closedAt: isoOf(closeTime), ms, row }];
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
