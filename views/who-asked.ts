// Who asked for a run, as its own history tells: nothing of that lags, as Temporal's list does.

import type { temporal } from '@temporalio/proto';
import { waitingSchema } from '../goals/wire/call.ts';
import { signalNames } from '../goals/wire/names.ts';
import type { ExecutionOfRun } from '../goals/wire/recovery.ts';
import { firstValue } from './payload.ts';

/** What started it, and what waited for it. Not all of these are runs, and not all used its outcome. */
export function whoAsked(events: readonly temporal.api.history.v1.IHistoryEvent[]): ExecutionOfRun[] {
  const parent = events[0]?.workflowExecutionStartedEventAttributes?.parentWorkflowExecution;
  const users: ExecutionOfRun[] = [];
  if (parent?.workflowId && parent.runId) users.push({ run: parent.workflowId, execution: parent.runId });
  for (const { workflowExecutionSignaledEventAttributes: signaled } of events) {
    if (signaled?.signalName !== signalNames.neededBy) continue;
    const waiting = waitingSchema.safeParse(firstValue(signaled.input)).data;
    if (waiting !== undefined) users.push(waiting);
  }
  return users;
}
