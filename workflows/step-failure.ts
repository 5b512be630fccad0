// From what ends a step to the failure it would be for the run: one of the named places where they convert.

import { type ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { boundedText } from '../goals/wire/bounded-text.ts';
import type { Code } from '../goals/wire/codes.ts';
import type { Cause, Failure, FailureKind } from '../goals/wire/failure.ts';
import { fingerprint } from '../goals/wire/fingerprint.ts';
import { type AttemptError, type ErrorClass, lastEntry, stepFailureSchema } from '../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../goals/wire/names.ts';

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
  const text = boundedText(message, MESSAGE_LIMIT);
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
  const details = stepFailureSchema.safeParse(thrown.details?.[0]);
  const entry = details.success ? lastEntry(details.data.ledger) : undefined;
  if (!details.success || entry === undefined) return engineFailure(path, job, thrown.message);
  const cause = causeOf(entry, path, job);
  const { reason, ledger } = details.data;
  if (reason === 'deadline')
    return {
      ...failure(
        'deadline',
        cause,
        `the deadline left no time for another attempt of ${path}: ${cause.message}`,
      ),
      code: 'deadline_passed' satisfies Code,
    };
  const after =
    reason === 'exhausted' ? ` after ${ledger.total} attempt${ledger.total === 1 ? '' : 's'}` : '';
  return failure('job', cause, `${path} failed${after}: ${cause.message}`);
}

export const inputFailure = (path: string, job: string, message: string): Failure =>
  failure(
    'input',
    causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'data', path, job),
    `the input given to ${path} does not fit its schema: ${message}`,
  );

export const tooLarge = (path: string, job: string, bytes: number): Failure => {
  const message = `the input has ${bytes} bytes; ${PAYLOAD_BYTES} at most`;
  return failure(
    'input',
    causeWithoutAttempt('input_too_large', 'InputTooLarge', message, 'data', path, job),
    `${path}: ${message}`,
  );
};

export const outputFailure = (path: string, job: string, message: string): Failure =>
  failure(
    'job',
    causeWithoutAttempt('output_invalid', 'OutputInvalid', message, 'data', path, job),
    `the output of ${path} does not fit its schema: ${message}`,
  );

export const engineFailure = (path: string, job: string, message: string): Failure =>
  failure(
    'engine',
    causeWithoutAttempt('engine_failed', 'EngineFailure', message, 'infrastructure', path, job),
    `${path} was ended by Temporal: ${message}`,
  );
