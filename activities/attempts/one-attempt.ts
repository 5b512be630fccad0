// A job of ours whose workflow makes the attempts and keeps the ledger (workflows/steps/workflow-attempts.ts): it has a pool,
// or another team's goal asks for it by our task queue and cannot know what worker is here. So one try is made, its
// output is the result as it is, and its error is told in the contract that any language can speak.

import { ApplicationFailure, Context, type Info } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Call } from '../../goals/wire/call.ts';
import type { JobMessage } from '../../goals/wire/error-envelope.ts';
import { type AttemptError, lastEntry, stepFailureSchema } from '../../goals/wire/ledger.ts';
import { DEADLINE_MARGIN_MS } from '../../goals/wire/names.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import type { Binding, Runner } from '../bind.ts';
import { classify } from './classify.ts';
import { ServerAttempt } from './server-attempt.ts';

/** Before the server ends the attempt, so that the job is told and what it was about is recorded. */
const TIMEOUT_HEADROOM_MS = 1500;

/** Whether whoever scheduled this activity counts the attempts itself. */
export const isOneAttempt = ({ retryPolicy }: Info): boolean => retryPolicy?.maximumAttempts === 1;

/** `given` where the activity was told more than its input, as one of our own queue is. */
export async function oneAttempt(
  binding: Binding,
  input: unknown,
  given: Call | undefined,
  log: Logger,
): Promise<unknown> {
  let retryAfterMs: number | null = null;
  const run: Runner = async (given, context) => {
    try {
      return await binding.run(given, context);
    } catch (thrown) {
      ({ retryAfterMs } = classify(thrown, binding.job.retry));
      throw thrown;
    }
  };
  // With the turns and the grace of the runner itself.
  const watched: Binding = { job: binding.job, run: Object.assign(run, binding.run) };
  try {
    const { output } = await new ServerAttempt(watched, given ?? callOf(Context.current().info), log).run(
      input,
    );
    return output;
  } catch (thrown) {
    const details = thrown instanceof ApplicationFailure ? thrown.details?.[0] : undefined;
    const told = stepFailureSchema.safeParse(details).data;
    const entry = told === undefined ? undefined : lastEntry(told.ledger);
    throw entry === undefined ? thrown : failureOf(entry, told?.reason === 'permanent', retryAfterMs);
  }
}

/** What a goalkeeper worker is told beside the input, as far as the activity's own times tell it. */
function callOf({ startToCloseTimeoutMs, scheduleToCloseTimeoutMs, scheduledTimestampMs }: Info): Call {
  const headroom = Math.min(TIMEOUT_HEADROOM_MS, startToCloseTimeoutMs / 5);
  return {
    attempts: 1,
    timeoutMs: startToCloseTimeoutMs - headroom,
    ...(scheduleToCloseTimeoutMs > DEADLINE_MARGIN_MS
      ? { deadline: scheduledTimestampMs + scheduleToCloseTimeoutMs - DEADLINE_MARGIN_MS }
      : {}),
  };
}

function failureOf(
  { code, message, class: kind, type, details, stack, log }: AttemptError,
  isPermanent: boolean,
  retryAfterMs: number | null,
): ApplicationFailure {
  const told: JobMessage = {
    goalkeeper: 1,
    error: {
      ...{ code, message, class: kind, type },
      ...(retryAfterMs === null ? {} : { retryAfter: retryAfterMs / 1000 }),
      ...(details === undefined ? {} : { details }),
    },
    ...(log === undefined ? {} : { log }),
  };
  const failure = ApplicationFailure.create({
    message: boundedText(message, 1000),
    type,
    nonRetryable: isPermanent,
    category: ApplicationFailureCategory.BENIGN,
    details: [told],
  });
  failure.stack = stack ?? '';
  return failure;
}
