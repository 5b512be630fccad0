// The runs that closed in a stretch of time, oldest first, whoever asks Temporal for them.
//
// Temporal lists what closed last first, and cannot be told otherwise. So time is cut into slices, each with no more
// executions than are held at once, and each slice is put in order here: bounded memory, however many closed.

import type { temporal } from '@temporalio/proto';
import { searchAttributes } from '../goals/wire/names.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import { millisecondsOf } from './event-time.ts';

export interface ClosedRun {
  id: string;
  execution: string;
  goal: string;
  /** Milliseconds since 1970. */
  closedAt: number;
}

export interface ClosedPage {
  executions?: temporal.api.workflow.v1.IWorkflowExecutionInfo[] | null;
  nextPageToken?: Uint8Array | null;
}

type Listed = NonNullable<ClosedPage['executions']>[number];

/** A page of what a visibility query finds. */
export type ListPage = (query: string, size: number, token: Uint8Array | null) => Promise<ClosedPage>;

/** Finds every execution of every run that is closed. Only runs have an owner. */
export const CLOSED_RUNS = `${searchAttributes.owner} IS NOT NULL AND ExecutionStatus IN ('Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut')`;

/** How many executions are held at once. */
const SLICE = 500;

/**
 * The executions that `query` finds and that closed at `from` or later and before `to` (milliseconds since 1970),
 * each once, by when they closed and then by their execution's ID.
 */
export const closedRuns = (
  list: ListPage,
  query: string,
  from: number,
  to: number,
  size = SLICE,
): AsyncGenerator<ClosedRun> => closedInOrder(list, query, { from, to }, closedRun, size);

/** The same of executions of another kind: `rowOf` makes of a row of the list what is wanted, or nothing. */
export async function* closedInOrder<Row extends Placed>(
  list: ListPage,
  query: string,
  { from, to }: { from: number; to: number },
  rowOf: (row: Listed) => Row[],
  size = SLICE,
): AsyncGenerator<Row> {
  let width = to - from;
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, begin + width);
    const within = `${query} AND CloseTime >= '${iso(begin)}' AND CloseTime < '${iso(end)}'`;
    const page = await list(within, size, null);
    const isWhole = !page.nextPageToken?.length;
    if (!isWhole && end - begin > 1) {
      width = Math.ceil((end - begin) / 2);
      continue;
    }
    const found = (page.executions ?? []).flatMap(rowOf);
    for (let token = page.nextPageToken; token?.length; ) {
      // More than a slice closed within one millisecond: it can be cut no further.
      const more = await list(within, size, token);
      found.push(...(more.executions ?? []).flatMap(rowOf));
      token = more.nextPageToken;
    }
    yield* found.sort(inOrder);
    begin = end;
    if (found.length < size / 2) width *= 2;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

type Placed = Pick<ClosedRun, 'closedAt' | 'execution'>;

const inOrder = (a: Placed, b: Placed): number =>
  a.closedAt - b.closedAt || (a.execution < b.execution ? -1 : 1);

/** The execution as a run's; none when it only looks like one. */
function closedRun({ execution, type, closeTime }: Listed): ClosedRun[] {
  const id = execution?.workflowId ?? '';
  const closedAt = millisecondsOf(closeTime);
  const goal = parseRunId(id)?.goal;
  if (goal === undefined || goal !== type?.name || closedAt === null) return [];
  return [{ id, execution: execution?.runId ?? '', goal, closedAt }];
}
