// What the criteria of a closed execution said, by the last events of its history alone.

import type { temporal } from '@temporalio/proto';
import type { Criterion } from '../goals/wire/failure.ts';
import { HistoryReader } from './read-history.ts';
import type { Ending } from './run-story.ts';
import { endingOf } from './run-view.ts';

/** The end, and before it the note of a large result; with what its last task wrote beside. */
const LAST_EVENTS = 20;

/** What to ask Temporal's `GetWorkflowExecutionHistoryReverse` for, with a namespace. */
export const lastEventsOf = (run: string, execution: string) => ({
  execution: { workflowId: run, runId: execution },
  maximumPageSize: LAST_EVENTS,
});

export interface ClosedCriteria {
  at: string;
  outcome: Ending['outcome'];
  /** Empty where the run ended before it was judged. */
  criteria: Criterion[];
}

/** By that answer. Null when the execution is open. */
export function closedCriteria(answer: {
  history?: temporal.api.history.v1.IHistory | null;
}): ClosedCriteria | null {
  const { end, noted } = new HistoryReader([...(answer.history?.events ?? [])].reverse());
  if (end === null) return null;
  const { outcome, criteria } = endingOf(end, noted);
  return { at: end.at, outcome, criteria };
}
