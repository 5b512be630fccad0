// Follows a run through its executions: after the outcome of one it waits for another, as a resume or a repeat makes it.
//
// follow-latest.1. While nothing happens a run that has ended costs one look in LATER_MS, and no history.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { Problem } from '../http/problems.ts';
import { problemOfTemporal } from '../temporal/temporal.ts';
import { followRun, type RunFollowDeps } from './follow-run.ts';
import type { Follow } from './hubs.ts';
import { rest } from './rest.ts';

const LATER_MS = 3_000;

/** Follows the execution that was described and those after it, until the signal is aborted or the run is gone. */
export const followLatest =
  (deps: RunFollowDeps, found: WorkflowExecutionDescription, laterMs = LATER_MS): Follow =>
  async (say, signal) => {
    for (let of: WorkflowExecutionDescription | null = found; of !== null; ) {
      await followRun(deps, of)((said) => say({ ...said, isLast: false }), signal);
      of = await nextOf(deps, of, signal, laterMs);
    }
  };

/** The execution after this one; null where nobody waits for it any more, or the run is gone. */
async function nextOf(
  { runs }: RunFollowDeps,
  { workflowId, runId }: WorkflowExecutionDescription,
  signal: AbortSignal,
  laterMs: number,
): Promise<WorkflowExecutionDescription | null> {
  for (;;) {
    // follow-latest.1
    await rest(laterMs, [signal]);
    if (signal.aborted) return null;
    try {
      const latest = await runs.find(workflowId);
      if (latest.runId !== runId) return latest;
    } catch (error) {
      if (error instanceof Problem && error.code === 'run_unknown') return null;
      // Nothing of a run that has ended is out of date meanwhile.
      if (problemOfTemporal(error) === null) throw error;
    }
  }
}
