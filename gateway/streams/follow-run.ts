// Follows one execution of a run: looks at it when its history has grown, and every two seconds while what it does leaves no
// event; else Temporal is asked nothing. Each look is a whole view, made of the history as `GET /runs/{id}` makes it, so that a
// stream needs no memory of what it said.
//
// follow-run.1. One execution costs one long poll, and at most one look in LEAST_MS.
// follow-run.2. The ID of a view is the same at every gateway: its execution, its last event, and a digest of what it shows.

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { parseLightExecution } from '../../goals/wire/light.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { millisecondsOf } from '../../views/event-time.ts';
import { type LeaseDeps, withLeases } from '../runs/leases.ts';
import type { Clock } from '../temporal/clock.ts';
import { problemOfTemporal } from '../temporal/temporal.ts';
import { type HistoryBell, historyBell } from './history-bell.ts';
import type { Follow } from './hubs.ts';
import { rest } from './rest.ts';
import { AWAY, digestOf, type Said, saying } from './said.ts';

const LOOK_MS = 2_000;
/** Between two views. Of a long history they come less often, so that it takes a third of the time. */
const LEAST_MS = 250;
const MOST_MS = 5_000;
const REST_PER_WORK = 2;

export interface RunFollowDeps extends LeaseDeps {
  clock: Clock;
}

/** Follows the execution that was described, until it has closed. */
export const followRun =
  (deps: RunFollowDeps, found: WorkflowExecutionDescription): Follow =>
  async (say, signal) => {
    const { workflowId, runId } = found;
    let bell: HistoryBell | null = null;
    let described: WorkflowExecutionDescription | null = found;
    let known = found;
    let hasBegun = false;
    while (!signal.aborted) {
      let restMs = LEAST_MS;
      try {
        known = described ?? (await deps.runs.find(workflowId, runId));
        described = known;
        const began = performance.now();
        const said = viewOf(await withLeases(deps, (await deps.runs.story(known)).run), known);
        if (signal.aborted) return;
        say(said);
        if (said.isLast) return;
        hasBegun = true;
        restMs = Math.min(MOST_MS, Math.max(LEAST_MS, REST_PER_WORK * (performance.now() - began)));
      } catch (error) {
        // Nobody has had anything yet: then it is answered for what it is.
        if (!hasBegun || problemOfTemporal(error) === null) throw error;
        if (signal.aborted) return;
        say(AWAY);
        described = null;
      }
      // follow-run.1
      await rest(restMs, [signal]);
      if (signal.aborted) return;
      // Light, it is an ordinary run or over in a moment, and has no history of its own to wait for.
      if (parseLightExecution(runId) !== null) {
        await rest(LOOK_MS, [signal]);
        described = null;
        continue;
      }
      // Not before: a poll that is given up as it begins costs the connection dearly, and many readers are gone at once.
      bell ??= historyBell(deps.temporal, { workflowId, runId }, signal);
      const isRung = await bell.rings(known.historyLength, LOOK_MS);
      if (isRung || isBusy(known, deps.clock.now())) described = null;
    }
  };

/** Whether what it does leaves no event: attempts of activities, but those that begin later, and of its own task. */
const isBusy = ({ raw }: WorkflowExecutionDescription, now: number): boolean =>
  Boolean(raw.pendingWorkflowTask) ||
  (raw.pendingActivities ?? []).some(
    ({ nextAttemptScheduleTime: next }) => (millisecondsOf(next) ?? 0) <= now + LOOK_MS,
  );

function viewOf(run: Run, { historyLength }: WorkflowExecutionDescription): Said {
  const { id: run_, execution, outcome, failure, state } = run;
  // follow-run.2
  const id = `${execution}.${historyLength}.${digestOf(run)}`;
  const view = { event: 'view', id, data: run };
  if (state !== 'closed') return saying(id, [view]);
  const end = { event: 'outcome', id, data: { id: run_, execution, outcome, failure } };
  return saying(id, [view, end], true);
}
