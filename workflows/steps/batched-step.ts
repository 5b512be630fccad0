import { CancelledFailure } from '@temporalio/workflow';
import { type Job, type RunOptions, StepFailed } from '../../goals/index.ts';
import { type Answer, ledgerOf } from '../../goals/wire/batch.ts';
import type { Call } from '../../goals/wire/call.ts';
import type { Steps } from './steps.ts';

/**
 * A step of a quick job, without one promise more than it needs: each costs the sandbox a stack trace, and there may be
 * thousands of them at one moment.
 */
export function together(
  steps: Steps,
  job: Job,
  input: unknown,
  options: RunOptions | undefined,
): Promise<unknown> {
  if (steps.isDecided) return new Promise(() => undefined);
  const step = steps.begin(job.name, job.name);
  const { path } = step;
  const order = steps.nextOrder();
  let resolve: (output: unknown) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const settled = new Promise<unknown>((...settle) => {
    [resolve, reject] = settle;
  });
  const succeed = (output: unknown): void => {
    steps.end(step, true);
    steps.awaited.ended(settled);
    resolve(output);
  };
  const fail = (error: unknown): void => {
    steps.end(step);
    steps.awaited.failed(settled);
    reject(error);
  };
  const settle = (answer: Answer, call: Call): void => {
    steps.met(path, ledgerOf(answer));
    if (answer.end === 'cancelled') throw new CancelledFailure('cancelled');
    if (answer.end === 'failed') throw new StepFailed(steps.failureIn(answer, path, job.name));
    if (answer.end === undefined) succeed(steps.checked(job, path, answer.output));
    else
      steps
        .goesAlone(path, call, answer)
        .then((told) => steps.attempt(job, path, order, input, options, told))
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
      const { kept, bytes, call } = steps.prepared(job, path, order, input, options);
      const answered = (answer: Answer): void => orFail(() => settle(answer, call));
      if (kept !== null) succeed(kept.output);
      else steps.batches.add({ job, path, input, bytes, call, settle: answered, fail });
    });
  if (steps.hold.isHeld) steps.hold.released().then(begin, fail);
  else begin();
  return steps.awaited.watched(settled, path);
}
