// Converts a failure of Temporal into how an attempt ended: one of the named places where they convert.

import { ActivityFailure, ApplicationFailure, ServerFailure, TimeoutFailure } from '@temporalio/workflow';
import { MOST_CAUSES, type WorkflowAttemptEnd } from '../../goals/wire/workflow-attempt-error.ts';

/** Of a protobuf duration, whose seconds may be a Long. */
const durationMs = (given: { seconds?: unknown; nanos?: number | null } | null | undefined): number | null =>
  given ? Number(given.seconds ?? 0) * 1000 + Math.floor((given.nanos ?? 0) / 1e6) : null;

/** How the attempt ended; null when it was none, or nobody knows. */
export function workflowAttemptEnd(error: unknown, timeoutMs: number): WorkflowAttemptEnd | null {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) {
    if (cause.timeoutType === 'HEARTBEAT') return { kind: 'lost' };
    return cause.timeoutType === 'START_TO_CLOSE' ? { kind: 'timeout', ms: timeoutMs } : null;
  }
  if (cause instanceof ServerFailure)
    return { kind: 'refused', message: cause.message, nonRetryable: cause.nonRetryable };
  if (!(cause instanceof ApplicationFailure)) return null;
  const causes: string[] = [];
  for (
    let at = cause.cause;
    at instanceof Error && causes.length < MOST_CAUSES;
    at = at.cause as Error | undefined
  )
    causes.push(at.message);
  return {
    kind: 'failure',
    type: cause.type ?? '',
    message: cause.message,
    stack: cause.stack ?? '',
    causes,
    details: cause.details?.[0],
    nonRetryable: cause.nonRetryable ?? false,
    // The SDK does not read it into the error.
    retryDelayMs: durationMs(cause.failure?.applicationFailureInfo?.nextRetryDelay),
  };
}
