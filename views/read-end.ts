// Reads from a history's last event how its workflow closed.

import type { temporal } from '@temporalio/proto';
import { type Ended, endedSchema } from '../goals/wire/ended.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** How Temporal closed the workflow. */
export type End =
  | { status: 'completed'; at: string; result: unknown }
  | { status: 'failed'; at: string; failure: temporal.api.failure.v1.IFailure }
  | { status: 'cancelled'; at: string }
  | { status: 'terminated'; at: string; reason: string; by: string; ended: Ended | null }
  | { status: 'timed-out'; at: string };

/** How an event closed the workflow; null when it did not. */
export function endIn(event: Event, time: string): End | null {
  const {
    workflowExecutionCompletedEventAttributes: completed,
    workflowExecutionFailedEventAttributes: failed,
    workflowExecutionTerminatedEventAttributes: terminated,
  } = event;
  if (completed) return { status: 'completed', at: time, result: firstValue(completed.result) };
  if (failed) return { status: 'failed', at: time, failure: failed.failure ?? {} };
  if (terminated) {
    const { reason, identity, details } = terminated;
    const ended = endedSchema.safeParse(firstValue(details)).data ?? null;
    return { status: 'terminated', at: time, reason: reason ?? '', by: identity ?? '', ended };
  }
  if (event.workflowExecutionCanceledEventAttributes) return { status: 'cancelled', at: time };
  if (event.workflowExecutionTimedOutEventAttributes) return { status: 'timed-out', at: time };
  return null;
}
