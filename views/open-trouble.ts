// The error that is in the way of a run that cannot end itself: of the steps that have not succeeded, that which had been
// retried for longest.

import type { Failure } from '../goals/wire/failure.ts';
import type { RunStory } from './run-view.ts';

export function openTrouble({
  run,
  errors,
}: Pick<RunStory, 'run' | 'errors'>): Pick<Failure, 'path' | 'cause'> | null {
  const unmet = new Set(run.steps.filter(({ state }) => state !== 'succeeded').map(({ path }) => path));
  const first = errors.find(({ step }) => unmet.has(step));
  const last = errors.findLast(({ step }) => step === first?.step);
  if (last === undefined) return null;
  const { step, job, attempt, at, type, code, message, fingerprint, class: errorClass } = last;
  return {
    path: [step],
    cause: { run: run.id, step, job, attempt, at, type, code, message, fingerprint, class: errorClass },
  };
}
