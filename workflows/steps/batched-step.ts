// A step of a quick job, which leaves together with other calls of the same moment.

import { CancelledFailure } from '@temporalio/workflow';
import { type Job, type RunOptions, StepFailed } from '../../goals/index.ts';
import { type CallAnswer, ledgerOf } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { Ledger } from '../../goals/wire/ledger.ts';
import type { WaitingCall } from './batches.ts';
import type { JobSteps } from './job-steps.ts';
import type { OpenStep } from './open-steps.ts';

/** What such a step is part of. */
export interface BatchedBy {
  open: {
    readonly isDecided: boolean;
    begin(name: string, job: string): OpenStep;
    nextOrder(): number;
    met(path: string, ledger: Ledger | undefined): void;
    end(step: OpenStep, hasSucceeded?: boolean): void;
  };
  jobs: Pick<JobSteps, 'prepared' | 'attempt' | 'goesAlone' | 'begunElsewhere' | 'failureIn' | 'checked'>;
  awaited: {
    ended(step: Promise<unknown>): void;
    failed(step: Promise<unknown>): void;
    watched<T>(step: Promise<T>, path: string): Promise<T>;
  };
  hold: { readonly isHeld: boolean; released(): Promise<void> };
  batches: { add(call: WaitingCall): void };
}

/**
 * A step of a quick job, without one promise more than it needs: each costs the sandbox a stack trace, and there may be
 * thousands of them at one moment.
 */
export function batchedStep(
  { open, jobs, awaited, hold, batches }: BatchedBy,
  job: Job,
  input: unknown,
  options: RunOptions | undefined,
): Promise<unknown> {
  if (open.isDecided) return new Promise(() => undefined);
  const step = open.begin(job.name, job.name);
  const { path } = step;
  const use = { job, path, order: open.nextOrder(), input, options };
  let resolve: (output: unknown) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const settled = new Promise<unknown>((...settle) => {
    [resolve, reject] = settle;
  });
  const succeed = (output: unknown): void => {
    open.end(step, true);
    awaited.ended(settled);
    resolve(output);
  };
  const fail = (error: unknown): void => {
    open.end(step);
    awaited.failed(settled);
    reject(error);
  };
  const settle = (answer: CallAnswer, call: Call): void => {
    open.met(path, ledgerOf(answer));
    if (answer.end === 'cancelled') throw new CancelledFailure('cancelled');
    if (answer.end === 'failed') throw new StepFailed(jobs.failureIn(answer, path, job.name));
    if (answer.end === undefined) succeed(jobs.checked(job, path, answer.output));
    else
      jobs
        .goesAlone(path, call, answer)
        .then((told) => jobs.attempt(use, told))
        .then(succeed, fail);
  };
  const orFail = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };
  const begin = (): void =>
    orFail(() => {
      const { kept, bytes, call } = jobs.prepared(use);
      const answered = (answer: CallAnswer): void => orFail(() => settle(answer, call));
      const begun = kept === null ? jobs.begunElsewhere(use, call) : null;
      if (kept !== null) succeed(kept.output);
      else if (begun !== null) begun.then((told) => jobs.attempt(use, told)).then(succeed, fail);
      else batches.add({ job, path, input, bytes, call, settle: answered, fail });
    });
  if (hold.isHeld) hold.released().then(begin, fail);
  else begin();
  return awaited.watched(settled, path);
}
