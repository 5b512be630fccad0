// How an execution that is closed has ended, by its last event alone: for whoever has only its status in Temporal, which
// tells of one that was terminated neither whether it was cancelled nor why it failed.

import type { temporal } from '@temporalio/proto';
import { timesIn } from '../goals/wire/by-clock.ts';
import { memoNames } from '../goals/wire/names.ts';
import { paceSchema } from '../goals/wire/run-view.ts';
import { historyEventFilterType } from '../goals/wire/temporal-enums.ts';
import { value } from './payload.ts';
import { HistoryReader } from './read-history.ts';
import type { Ending } from './run-story.ts';
import { endingOf } from './run-view.ts';

/** What to ask Temporal for, with a namespace. */
export const closeOf = (run: string, execution: string) => ({
  execution: { workflowId: run, runId: execution },
  historyEventFilterType: historyEventFilterType.CLOSE_EVENT,
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
  const { outcome, failure } = endingOf(end, undefined, hasDeadline(memo));
  return { at: end.at, outcome, failure };
}

/** Whether a start told of a deadline. */
export function hasDeadline(memo: temporal.api.common.v1.IMemo | null | undefined): boolean {
  const pace = paceSchema.safeParse(value(memo?.fields?.[memoNames.pace])).data;
  return timesIn(pace, 0).deadline !== null;
}
