// How an execution that is closed has ended, by its last event alone: for whoever has only its status in Temporal, which
// tells of one that was terminated neither whether it was cancelled nor why it failed.

import type { temporal } from '@temporalio/proto';
import { memoNames } from '../goals/wire/names.ts';
import { paceSchema } from '../goals/wire/run-view.ts';
import { value } from './payload.ts';
import { HistoryReader } from './read-history.ts';
import { type Ending, endingOf } from './run-view.ts';

// temporal.api.enums.v1.HistoryEventFilterType
const CLOSE_EVENT = 2;

/** What to ask Temporal for, with a namespace. */
export const closeOf = (run: string, execution: string) => ({
  execution: { workflowId: run, runId: execution },
  historyEventFilterType: CLOSE_EVENT,
});

export interface ClosedAs extends Pick<Ending, 'outcome' | 'failure'> {
  at: string;
}

/** By that answer, and by the memo of its start. Null when it is open. */
export function closedAs(
  answer: { history?: temporal.api.history.v1.IHistory | null },
  memo: temporal.api.common.v1.IMemo | null | undefined,
): ClosedAs | null {
  const { end } = new HistoryReader(answer.history?.events ?? []);
  if (end === null) return null;
  const { outcome, failure } = endingOf(end, undefined, deadlineOf(memo));
  return { at: end.at, outcome, failure };
}

/** The deadline as a start told it, in milliseconds. */
export const deadlineOf = (memo: temporal.api.common.v1.IMemo | null | undefined): number | null =>
  paceSchema.safeParse(value(memo?.fields?.[memoNames.pace])).data?.deadlineMs ?? null;
