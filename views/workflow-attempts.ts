// Attempts by another worker (workflows/steps/workflow-attempts.ts), as a history tells them: each an activity of its own.

import type { temporal } from '@temporalio/proto';
import { attemptId, attemptOf } from '../goals/wire/attempt-id.ts';
import { type AttemptError, stepResultSchema } from '../goals/wire/ledger.ts';
import { activityNames } from '../goals/wire/names.ts';
import { poolMarkerSchema } from '../goals/wire/pools.ts';
import { timeoutType } from '../goals/wire/temporal-enums.ts';
import {
  MOST_CAUSES,
  type WorkflowAttemptEnd,
  workflowAttemptError,
} from '../goals/wire/workflow-attempt-error.ts';
import { at, millisecondsOf } from './event-time.ts';
import { localActivity } from './local-activity.ts';
import { firstValue, value } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure;
type Scheduled = temporal.api.history.v1.IActivityTaskScheduledEventAttributes;

/** Whether an activity is one attempt of a step: the server is to try it no more than once. */
export const isOneAttempt = ({ retryPolicy }: Scheduled): boolean => retryPolicy?.maximumAttempts === 1;

/** What a completed activity of a job returned as the job's output; undefined when that is no result of ours. */
export function outputOf(
  scheduled: Scheduled,
  result: temporal.api.common.v1.IPayloads | null | undefined,
): { output: unknown } | undefined {
  const given = firstValue(result);
  if (isOneAttempt(scheduled)) return { output: given };
  const told = stepResultSchema.safeParse(given);
  return told.success && told.data.answered === undefined ? { output: told.data.output } : undefined;
}

/** What became of attempts that failed: known from what the workflow did next. */
export class Followed {
  readonly #next = new Set<string>();
  readonly #lastTask: number;

  constructor(events: readonly Event[]) {
    for (const event of events) {
      const summary = event.timerStartedEventAttributes ? value(event.userMetadata?.summary) : undefined;
      const id = event.activityTaskScheduledEventAttributes?.activityId ?? summary ?? permitOf(event);
      if (typeof id === 'string' && attemptOf(id).n > 1) this.#next.add(id);
    }
    this.#lastTask = Number(
      events.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId ?? 0,
    );
  }

  /** Whether the step of the attempt that this event ended has another, or had none; null when that is not decided. */
  by({ path, n }: { path: string; n: number }, ended: Event): boolean | null {
    if (this.#next.has(attemptId(path, n + 1))) return true;
    return this.#lastTask > Number(ended.eventId) ? false : null;
  }
}

/** Which attempt asked for a permit of a pool, where this tells of it. */
function permitOf(event: Event): string | undefined {
  const { type, result } = localActivity(event) ?? {};
  const told = type === activityNames.askForPermit ? poolMarkerSchema.safeParse(result).data : undefined;
  return told && attemptId(told.step, told.attempt ?? 1);
}

/** Of an attempt that has begun: which one, when and by whom. */
export interface Begun {
  n: number;
  at: string | null;
  worker: string;
  timeoutMs: number;
}

/** The entry of an attempt that failed or ran out of time; null when it had not begun. */
export function entryOf(begun: Begun, failure: Failure, ended: Event): Omit<AttemptError, 'n'> | null {
  const end = endOf(failure, begun);
  if (end === null) return null;
  const { permanent: _, retryAfterMs: __, ...told } = workflowAttemptError(end);
  const time = at(ended);
  const ms = begun.at === null ? 0 : Math.max(0, Date.parse(time) - Date.parse(begun.at));
  return { ...told, server: begun.n, local: 1, at: time, ms, worker: begun.worker };
}

function endOf(failure: Failure, { at: begunAt, timeoutMs }: Begun): WorkflowAttemptEnd | null {
  const { timeoutFailureInfo, serverFailureInfo, applicationFailureInfo } = failure;
  if (timeoutFailureInfo) {
    // Nobody took it: a step that waits for a worker has no error.
    if (begunAt === null) return null;
    return timeoutFailureInfo.timeoutType === timeoutType.HEARTBEAT
      ? { kind: 'lost' }
      : { kind: 'timeout', ms: timeoutMs };
  }
  const message = failure.message ?? '';
  if (serverFailureInfo)
    return { kind: 'refused', message, nonRetryable: serverFailureInfo.nonRetryable ?? false };
  const causes: string[] = [];
  for (let at = failure.cause; at && causes.length < MOST_CAUSES; at = at.cause)
    causes.push(at.message ?? '');
  return {
    kind: 'failure',
    type: applicationFailureInfo?.type ?? '',
    message,
    stack: failure.stackTrace ?? '',
    causes,
    details: firstValue(applicationFailureInfo?.details),
    nonRetryable: applicationFailureInfo?.nonRetryable ?? false,
    retryDelayMs: millisecondsOf(applicationFailureInfo?.nextRetryDelay),
  };
}
