// From what ends a step to the failure it would be for the run: one of the named places where they convert.

import { z } from 'zod';
import { spoken } from './duration.ts';
import type { NeededGoal } from './goal.ts';
import { LONGEST_WAIT_MS } from './policy.ts';
import { StepFailed } from './step-failed.ts';
import type { Code } from './wire/codes.ts';
import {
  achievementSchema,
  type Cause,
  type Failure,
  type FailureKind,
  runFailureSchema,
} from './wire/failure.ts';
import { fingerprint } from './wire/fingerprint.ts';
import {
  type AttemptError,
  type ErrorClass,
  type Ledger,
  lastEntry,
  lastTrueEntry,
  type StepFailureDetails,
  stepFailureSchema,
} from './wire/ledger.ts';
import { boundedText } from './wire/text/bounded-text.ts';
import { redactedText } from './wire/text/redact.ts';

const MESSAGE_LIMIT = 1000;

/** How a worker ended a step: what an activity failed with. */
export interface EndedByWorker {
  message: string;
  details?: readonly unknown[] | null | undefined;
}

/** The failures of one run's steps. */
export class StepFailures {
  readonly #run: () => string;

  /** `run` gives the ID of the run that the code is in. */
  constructor(run: () => string) {
    this.#run = run;
  }

  /** The cause that an entry of a ledger is. */
  readonly causeOf = (entry: AttemptError, step: string, job: string): Cause => ({
    run: this.#run(),
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
  readonly causeWithoutAttempt = (
    code: Code,
    type: string,
    message: string,
    errorClass: ErrorClass,
    step: string | null = null,
    job: string | null = null,
  ): Cause => {
    const text = boundedText(redactedText(message), MESSAGE_LIMIT);
    return {
      run: this.#run(),
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
  };

  readonly #failure = (kind: FailureKind, cause: Cause, message: string): Failure => {
    const path = cause.step === null ? [] : [cause.step];
    return { kind, code: cause.code, message: boundedText(message, MESSAGE_LIMIT), path, cause };
  };

  /** Of a job that failed for good, as its wrapper reports it; another worker's plain failure is told as it came. */
  readonly jobFailure = (path: string, job: string, thrown: EndedByWorker): Failure => {
    const details = stepFailureSchema.safeParse(thrown.details?.[0]).data;
    const isTold = details !== undefined && (details.reason === 'deadline' || details.ledger.total > 0);
    return isTold ? this.givenUp(path, job, details) : this.engineFailure(path, job, thrown.message);
  };

  /** Of a job that was given up, by its ledger. */
  readonly givenUp = (
    path: string,
    job: string,
    { reason, ledger, askedMs }: StepFailureDetails,
  ): Failure => {
    const entry = lastTrueEntry(ledger);
    if (entry === undefined) return this.#noTimeAtAll(path);
    const cause = this.causeOf(entry, path, job);
    if (askedMs !== undefined) return this.#askedTooLong(path, cause, reason, askedMs);
    if (reason === 'deadline') return this.#noTimeLeft(path, cause, ledger);
    const after =
      reason === 'exhausted' ? ` after ${ledger.total} attempt${ledger.total === 1 ? '' : 's'}` : '';
    return this.#failure('job', cause, `${path} failed${after}: ${cause.message}`);
  };

  readonly #noTimeLeft = (path: string, cause: Cause, ledger: Ledger): Failure => {
    const last = lastEntry(ledger);
    // What an attempt that was cut short would have come to nobody knows; what failed before it is known.
    const message =
      last === undefined || last.n === cause.attempt
        ? `the deadline left no time for another attempt of ${path}: ${cause.message}`
        : `the deadline cut attempt ${last.n} of ${path} short after ${spoken(last.ms)}; attempt ${cause.attempt} had failed: ${cause.message}`;
    return { ...this.#failure('deadline', cause, message), code: 'deadline_passed' satisfies Code };
  };

  /** It would be tried again earlier than its upstream asked, and is not. */
  readonly #askedTooLong = (
    path: string,
    cause: Cause,
    reason: StepFailureDetails['reason'],
    askedMs: number,
  ): Failure => {
    const asked = `${path} was asked to wait ${spoken(askedMs)} before another attempt`;
    if (reason !== 'deadline')
      return this.#failure(
        'job',
        cause,
        `${asked}, and ${spoken(LONGEST_WAIT_MS)} at most are waited: ${cause.message}`,
      );
    const message = `${asked}, which is past the deadline: ${cause.message}`;
    return { ...this.#failure('deadline', cause, message), code: 'deadline_passed' satisfies Code };
  };

  /** Of a step that the server ended at the deadline's backstop, as no worker was there to end the run before. */
  readonly outOfTime = (path: string, job: string, ledger: Ledger | undefined): Failure => {
    const entry = ledger === undefined ? undefined : lastTrueEntry(ledger);
    if (ledger === undefined || entry === undefined) return this.#noTimeAtAll(path);
    return this.#noTimeLeft(path, this.causeOf(entry, path, job), ledger);
  };

  readonly #noTimeAtAll = (path: string): Failure => {
    const message = `the deadline passed before ${path} had made an attempt that told its end`;
    return { kind: 'deadline', code: 'deadline_passed', message, path: [path], cause: null };
  };

  readonly inputFailure = (path: string, job: string, message: string): Failure =>
    this.#failure(
      'input',
      this.causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'data', path, job),
      `the input given to ${path} does not fit its schema: ${message}`,
    );

  /** Of an input that JSON cannot carry: the goal's code made it. */
  readonly uncarriedFailure = (path: string, job: string, message: string): Failure =>
    this.#failure(
      'code',
      this.causeWithoutAttempt('input_invalid', 'InputInvalid', message, 'code', path, job),
      message,
    );

  readonly tooLarge = (path: string, job: string, bytes: number, limit: number): Failure => {
    const message = `the input has ${bytes} bytes; ${limit} at most`;
    return this.#failure(
      'input',
      this.causeWithoutAttempt('input_too_large', 'InputTooLarge', message, 'data', path, job),
      `${path}: ${message}`,
    );
  };

  /** An output that is too large beside what else must be handed on with it. */
  readonly outputTooLarge = (path: string, job: string, bytes: number, left: number): Failure => {
    const message = `the output has ${bytes} bytes, where ${left} are left beside those of other items; return a reference`;
    return this.#failure(
      'job',
      this.causeWithoutAttempt('output_too_large', 'OutputTooLarge', message, 'data', path, job),
      `${path}: ${message}`,
    );
  };

  readonly outputFailure = (path: string, job: string, message: string): Failure =>
    this.#failure(
      'job',
      this.causeWithoutAttempt('output_invalid', 'OutputInvalid', message, 'data', path, job),
      `the output of ${path} does not fit its schema: ${message}`,
    );

  /** Of what a person rejected. */
  readonly rejectedFailure = (path: string, by: string, reason: string | null): Failure => {
    const message = `${path} was rejected by ${by}${reason === null ? '' : `: ${reason}`}`;
    return this.#failure(
      'rejected',
      this.causeWithoutAttempt('rejected', 'Rejected', message, 'data', path),
      message,
    );
  };

  /** Of what nobody decided in time, where that counts as a rejection. */
  readonly expiredFailure = (path: string, ms: number): Failure => {
    const message = `nobody decided ${path} within ${spoken(ms)}`;
    const cause = this.causeWithoutAttempt('approval_expired', 'ApprovalExpired', message, 'data', path);
    return this.#failure('rejected', cause, message);
  };

  /** Of an event that did not come in time. */
  readonly eventFailure = (path: string, type: string, ms: number): Failure => {
    const message = `no event ${type} came for ${path} within ${spoken(ms)}`;
    const cause = this.causeWithoutAttempt('event_timeout', 'EventTimeout', message, 'transient', path);
    return this.#failure('dependency', cause, message);
  };

  readonly engineFailure = (path: string, job: string, message: string): Failure =>
    this.#failure(
      'engine',
      this.causeWithoutAttempt('engine_failed', 'EngineFailure', message, 'infrastructure', path, job),
      `${path} was ended by Temporal: ${message}`,
    );

  /** Of a whole run: without what an earlier execution had done it would do everything again, unasked. */
  readonly unreadable = (execution: string, why: string): Failure => {
    const message = `what the execution ${execution} had done cannot be read: ${why}`;
    return this.#failure(
      'engine',
      this.causeWithoutAttempt('resume_unreadable', 'EngineFailure', message, 'infrastructure'),
      message,
    );
  };

  /** A needed goal's failure is ours as `dependency`, with its own first cause, and the path to it through both runs. */
  readonly dependencyFailure = (
    goal: NeededGoal,
    path: string,
    details: unknown,
    message: string,
  ): Failure => {
    const inner = runFailureSchema.safeParse(details);
    if (!inner.success) return this.engineFailure(path, goal.name, message);
    const { failure } = inner.data;
    return {
      kind: 'dependency',
      code: failure.code,
      message: `needs ${goal.name}, which failed: ${failure.message}`,
      path: [path, ...failure.path],
      cause: failure.cause,
    };
  };

  /** Of a partition that the run cannot use. It is no step of its own, and so has no path. */
  readonly partitionFailure = (code: 'partition_missing' | 'dataset_not_open', message: string): Failure =>
    this.#failure('dependency', this.causeWithoutAttempt(code, 'PartitionMissing', message, 'data'), message);

  readonly cancelledFailure = (goal: NeededGoal, path: string): Failure => {
    const message = `needs ${goal.name}, which was cancelled`;
    const cause = this.causeWithoutAttempt(
      'dependency_cancelled',
      'DependencyCancelled',
      message,
      'transient',
      path,
    );
    return { kind: 'dependency', code: cause.code, message, path: [path], cause };
  };

  /** The output of a needed goal, by what it achieved; a `StepFailed` when its schema takes it no longer. */
  readonly neededOutput = (goal: NeededGoal, achieved: unknown, path: string): unknown => {
    const output = goal.output.safeParse(achievementSchema.safeParse(achieved).data?.output);
    if (output.success) return output.data;
    throw new StepFailed(
      this.engineFailure(
        path,
        goal.name,
        `its recorded output no longer fits its schema: ${z.prettifyError(output.error)}`,
      ),
    );
  };
}
