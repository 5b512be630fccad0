// When and where the last attempt of each step ran: what a ledger does not tell, as it has failed attempts only.

import type { temporal } from '@temporalio/proto';
import { attemptOf } from '../goals/wire/attempt-id.ts';
import { pendingActivityState } from '../goals/wire/temporal-enums.ts';
import { carriedBy, inlineCalls } from './batches.ts';
import { at, isoOf } from './event-time.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type PendingActivity = temporal.api.workflow.v1.IPendingActivityInfo;

/** What the history tells of it; null where it does not. */
export interface LastAttempt {
  scheduledAt: string | null;
  startedAt: string | null;
  worker: string | null;
}

/** Those of a run's own steps, by path. */
export function lastAttempts(
  events: readonly Event[],
  pendingActivities: readonly PendingActivity[],
): Map<string, LastAttempt> {
  const known = new Map<string, LastAttempt>();
  const pathsOf = new Map<string, { paths: string[]; isShared: boolean }>();
  const workerOfTask = new Map<string, string>();
  for (const event of events) {
    const completed = event.workflowTaskCompletedEventAttributes;
    if (completed) workerOfTask.set(String(event.eventId), completed.identity ?? '');
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      const carried = carriedBy(scheduled);
      const paths = carried?.map(({ path }) => path) ?? [attemptOf(scheduled.activityId ?? '').path];
      pathsOf.set(String(event.eventId), { paths, isShared: carried !== null });
      for (const path of paths) known.set(path, { scheduledAt: at(event), startedAt: null, worker: null });
    }
    const started = event.activityTaskStartedEventAttributes;
    const of = pathsOf.get(String(started?.scheduledEventId));
    for (const path of of?.paths ?? []) {
      const one = known.get(path);
      if (one === undefined) continue;
      // Of calls that travel together only the first begins then.
      one.startedAt = of?.isShared ? null : at(event);
      one.worker = started?.identity || null;
    }
    for (const { path } of inlineCalls(event) ?? []) {
      const task = String(event.markerRecordedEventAttributes?.workflowTaskCompletedEventId);
      known.set(path, { scheduledAt: null, startedAt: null, worker: workerOfTask.get(task) || null });
    }
  }
  for (const pending of pendingActivities) withPending(known, pending);
  return known;
}

/** An attempt under way has no event yet. */
function withPending(known: Map<string, LastAttempt>, pending: PendingActivity): void {
  const one = known.get(attemptOf(pending.activityId ?? '').path);
  if (one === undefined) return;
  const isStarted =
    pending.state === pendingActivityState.STARTED || pending.state === pendingActivityState.CANCEL_REQUESTED;
  one.scheduledAt = isoOf(pending.scheduledTime) ?? one.scheduledAt;
  one.startedAt = isStarted ? isoOf(pending.lastStartedTime) : null;
  one.worker = isStarted ? pending.lastWorkerIdentity || null : null;
}
