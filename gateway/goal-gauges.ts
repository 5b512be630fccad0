// How the runs that are open stand, by goal: what no worker can tell, as it may be the one that is down.

import type { temporal as proto } from '@temporalio/proto';
import { timesIn } from '../goals/wire/by-clock.ts';
import { memoNames, searchAttributes } from '../goals/wire/names.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import { startsAtSchema } from '../goals/wire/run-start.ts';
import { paceSchema } from '../goals/wire/run-view.ts';
import { millisecondsOf } from '../views/event-time.ts';
import { value } from '../views/payload.ts';
import type { Temporal } from './temporal/temporal.ts';
import { visibilityQuery } from './temporal/visibility-query.ts';

const PAGE = 1_000;
/** Of more open runs only as many are told apart; what struggles or waits is looked for by itself, and first. */
const PAGES = 5;

export const openStates = ['delayed', 'pursuing', 'waiting', 'struggling', 'stuck'] as const;

export interface OpenRuns {
  open: Record<(typeof openStates)[number], number>;
  /** Past the time by which they were expected. */
  late: number;
  /** When the oldest began, in milliseconds; null where none is open. */
  oldest: number | null;
}

export interface GoalGauges {
  goals: Map<string, OpenRuns>;
  /** Open runs beyond those that were told apart. */
  uncounted: number;
}

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** Reads how the open runs of each goal stand; `stuck` are executions that are known to be stuck. */
export async function readOpenRuns(
  temporal: Temporal,
  stuck: ReadonlySet<string>,
  teams: readonly string[] | null,
): Promise<GoalGauges> {
  const query = visibilityQuery({ state: 'pursuing', teams }, []);
  const troubled = await rows(temporal, visibilityQuery({ state: 'waiting', teams }, []), 1);
  const all = await rows(temporal, query, PAGES);
  const seen = new Map<string, Row>();
  for (const row of [...troubled.rows, ...all.rows]) seen.set(row.execution?.runId ?? '', row);
  const goals = new Map<string, OpenRuns>();
  const now = Date.now();
  for (const row of seen.values()) {
    const goal = parseRunId(row.execution?.workflowId ?? '')?.goal;
    if (goal === undefined || goal !== row.type?.name) continue;
    const told = goals.get(goal) ?? {
      open: { delayed: 0, pursuing: 0, waiting: 0, struggling: 0, stuck: 0 },
      late: 0,
      oldest: null,
    };
    goals.set(goal, told);
    const isStuck = stuck.has(row.execution?.runId ?? '');
    const state = isStuck ? 'stuck' : value(row.searchAttributes?.indexedFields?.[searchAttributes.state]);
    told.open[openStates.find((one) => one === state) ?? 'pursuing']++;
    const startsAt = startsAtSchema.safeParse(value(row.memo?.fields?.[memoNames.startsAt])).data;
    const begun = startsAt === undefined ? (millisecondsOf(row.startTime) ?? now) : Date.parse(startsAt);
    told.oldest = Math.min(told.oldest ?? begun, begun);
    const pace = paceSchema.safeParse(value(row.memo?.fields?.[memoNames.pace])).data;
    const { expected } = timesIn(pace, begun);
    if (expected !== null && expected < now) told.late++;
  }
  if (all.isWhole) return { goals, uncounted: 0 };
  const { count } = await temporal.call(() => temporal.client.workflow.count(query));
  return { goals, uncounted: Math.max(0, count - seen.size) };
}

async function rows(
  temporal: Temporal,
  query: string,
  pages: number,
): Promise<{ rows: Row[]; isWhole: boolean }> {
  const found: Row[] = [];
  let nextPageToken: Uint8Array = new Uint8Array();
  for (let page = 0; page < pages; page++) {
    const asked = { namespace: temporal.namespace, query, pageSize: PAGE, nextPageToken };
    const answer = await temporal.call((service) => service.listWorkflowExecutions(asked));
    found.push(...(answer.executions ?? []));
    nextPageToken = answer.nextPageToken ?? new Uint8Array();
    if (nextPageToken.length === 0) return { rows: found, isWhole: true };
  }
  return { rows: found, isWhole: false };
}
