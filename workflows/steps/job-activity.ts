// How a job's activity is asked for: by the job's name, and with what time the server gives it.

import { quickRetries } from '../../goals/policy.ts';
import { DEADLINE_MARGIN_MS } from '../../goals/wire/names.ts';
import type { RetryPolicy } from '../../goals/wire/publication.ts';

/** The activity of a name among those that the SDK makes by name, of which there is one for any. */
export const jobActivity = <F>(activities: Record<string, F>, job: string): F => activities[job] as F;

/** Room for our own worker to end an attempt, and to say so before the server does. */
export const TIMEOUT_MARGIN_MS = 10_000;

/** What one attempt of the server's may take: the worker makes the quick retries within it. */
export function serverAttemptMs(timeoutMs: number, retry: RetryPolicy): number {
  const quick = quickRetries(retry);
  return timeoutMs * (quick.count + 1) + quick.waitMs + TIMEOUT_MARGIN_MS;
}

/** The backstop for an activity of a run with a deadline, in milliseconds since 1970. */
export const deadlineOptions = (deadline: number | undefined): { scheduleToCloseTimeout?: number } =>
  deadline === undefined
    ? {}
    : { scheduleToCloseTimeout: Math.max(1, deadline - Date.now()) + DEADLINE_MARGIN_MS };
