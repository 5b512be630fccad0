// From what ends a step to the failure it would be for the run: one of the named places where they convert.

import { type ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { spoken } from '../../goals/duration.ts';
import { LONGEST_WAIT_MS } from '../../goals/policy.ts';
import type { Code } from '../../goals/wire/codes.ts';
import type { Cause, Failure, FailureKind } from '../../goals/wire/failure.ts';
import { fingerprint } from '../../goals/wire/fingerprint.ts';
import {
  type AttemptError,
  type ErrorClass,
  type Ledger,
  lastEntry,
  type StepFailureDetails,
  stepFailureSchema,
} from '../../goals/wire/ledger.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { redactedText } from '../../goals/wire/text/redact.ts';

const MESSAGE_LIMIT = 1000;

/** The cause that an entry of a ledger is. */
export const causeOf = (entry: AttemptError, step: string, job: string): Cause => ({
  run: workflowInfo().workflowId,
  step,
  job,
  attempt: entry.n,
  at: entry.at,
  type: entry.type,
  code: entry.code,
  message: entry.message,
  fingerprint: entry.fingerprint,
  class: entry.class,
});

/** A cause that is no attempt's error: found by the engine or by the goal's own code. */
export function causeWithoutAttempt(
  code: Code,
  type: string,
  message: string,
  errorClass: ErrorClass,
  step: string | null = null,
  job: string | null = null,
): Cause {
  const text = boundedText(redactedText(message), MESSAGE_LIMIT);
  return {
    run: workflowInfo().workflowId,
    step,
    job,
    attempt: null,
    at: new Date().toISOString(),
    type,
    code,
    message: text,
    fingerprint: fingerprint(type, text),
    class: errorClass,
  };
}

function failure(kind: FailureKind, cause: Cause, message: string): Failure {
  const path = cause.step === null ? [] : [cause.step];
  return { kind, code: cause.code, message: boundedText(message, MESSAGE_LIMIT), path, cause };
}

/** Of a job that failed for good, as its wrapper reports it; another worker's plain failure is told as it came. */
export function jobFailure(path: string, job: string, thrown: ApplicationFailure): Failure {
  const details = stepFailureSchema.safeParse(thrown.details?.[0]).data;
  const isTold = details !== undefined && (details.reason === 'deadline' || details.ledger.total > 0);
  return isTold ? givenUp(path, job, details) : engineFailure(path, job, thrown.message);
}

/** Of a job that was given up, by its ledger. */
export function givenUp(path: string, job: string, { reason, ledger, askedMs }: StepFailureDetails): Failure {
  const entry = lastEntry(ledger);
  if (entry === undefined) return noTimeAtAll(path);
  const cause = causeOf(entry, path, job);
  if (askedMs !== undefined) return askedTooLong(path, cause, reason, askedMs);
  if (reason === 'deadline') return noTimeLeft(path, cause);
  const after =
    reason === 'exhausted' ? ` after ${ledger.total} attempt${ledger.total === 1 ? '' : 's'}` : '';
  return failure('job', cause, `${path} failed${after}: ${cause.message}`);
}

function noTimeLeft(path: string, cause: Cause): Failure {
  const message = `the deadline left no time for another attempt of ${path}: ${cause.message}`;
  return { ...failure('deadline', cause, message), code: 'deadline_passed' satisfies Code };
}

/** It would be tried again earlier than its upstream asked, and is not. */
function askedTooLong(
  path: string,
  cause: Cause,
  reason: StepFailureDetails['reason'],
  askedMs: number,
): Failure {
  const asked = `${path} was asked to wait ${spoken(askedMs)} before another attempt`;
  if (reason !== 'deadline')
    return failure(
      'job',
      cause,
      `${asked}, and ${spoken(LONGEST_WAIT_MS)} at most are waited: ${cause.message}`,
    );
  const message = `${asked}, which is past the deadline: ${cause.message}`;
  return { ...failure('deadline', cause, message), code: 'deadline_passed' satisfies Code };
}

/** Of a step that the server ended at the deadline's backstop, as no worker was there to end the run before. */
export function outOfTime(path: string, job: string, ledger: Ledger | undefined): Failure {
  const entry = ledger === undefined ? undefined : lastEntry(ledger);
  if (entry !== undefined) return noTimeLeft(path, causeOf(entry, path, job));
  return noTimeAtAll(path);
}

function noTimeAtAll(path: string): Failure {
  const message = `the deadline passed before ${path} had made an attempt that told its end`;
  return { kind: 'deadline', code: 'deadline_passed', message, path: [path], cause: null };
}

export const inputFailure = (path: string, job: string, message: string): Failure =>
  failure(
    'input',
    causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'data', path, job),
    `the input given to ${path} does not fit its schema: ${message}`,
  );

/** Of an input that JSON cannot carry: the goal's code made it. */
export const uncarriedFailure = (path: string, job: string, message: string): Failure =>
  failure('code', causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'code', path, job), message);

export const tooLarge = (path: string, job: string, bytes: number, limit: number): Failure => {
  const message = `the input has ${bytes} bytes; ${limit} at most`;
  return failure(
    'input',
    causeWithoutAttempt('input_too_large', 'InputTooLarge', message, 'data', path, job),
    `${path}: ${message}`,
  );
};

/** An output that is too large beside what else must be handed on with it. */
export const outputTooLarge = (path: string, job: string, bytes: number, left: number): Failure => {
  const message = `the output has ${bytes} bytes, where ${left} are left beside those of other items; return a reference`;
  return failure(
    'job',
    causeWithoutAttempt('output_too_large', 'OutputTooLarge', message, 'data', path, job),
    `${path}: ${message}`,
  );
};

export const outputFailure = (path: string, job: string, message: string): Failure =>
  failure(
    'job',
    causeWithoutAttempt('output_invalid', 'OutputInvalid', message, 'data', path, job),
    `the output of ${path} does not fit its schema: ${message}`,
  );

/** Of what a person rejected. */
export function rejectedFailure(path: string, by: string, reason: string | null): Failure {
  const message = `${path} was rejected by ${by}${reason === null ? '' : `: ${reason}`}`;
  return failure('rejected', causeWithoutAttempt('rejected', 'Rejected', message, 'data', path), message);
}

/** Of what nobody decided in time, where that counts as a rejection. */
export function expiredFailure(path: string, ms: number): Failure {
  const message = `nobody decided ${path} within ${spoken(ms)}`;
  const cause = causeWithoutAttempt('approval_expired', 'ApprovalExpired', message, 'data', path);
  return failure('rejected', cause, message);
}

export const engineFailure = (path: string, job: string, message: string): Failure =>
  failure(
    'engine',
    causeWithoutAttempt('engine_failed', 'EngineFailure', message, 'infrastructure', path, job),
    `${path} was ended by Temporal: ${message}`,
  );

/** Of a whole run: without what an earlier execution had done it would do everything again, unasked. */
export const unreadable = (execution: string, why: string): Failure => {
  const message = `what the execution ${execution} had done cannot be read: ${why}`;
  return failure(
    'engine',
    causeWithoutAttempt('resume_unreadable', 'EngineFailure', message, 'infrastructure'),
    message,
  );
};
