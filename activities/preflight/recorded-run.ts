import type { temporal } from '@temporalio/proto';

/** A history to replay, and whose it is. */
export interface RecordedRun {
  /** Workflow type: the name of a goal, or of one of goalkeeper's own workflows. */
  goal: string;
  /** Workflow ID. */
  run: string;
  /** Temporal's run ID; null where a file does not have it. */
  execution: string | null;
  history: temporal.api.history.v1.IHistory;
}
