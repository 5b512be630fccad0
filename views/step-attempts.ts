// The attempts of one step: a run's story in, the list of them out.

import type { StepAttempt, StepAttempts } from '../goals/wire/attempts.ts';
import type { RunError, Step } from '../goals/wire/run-view.ts';
import type { LastAttempt } from './last-attempts.ts';
import type { RunStory } from './run-view.ts';

/** Those of the step with this path; null where the run has no such step. */
export function stepAttempts(
  { run, errors, attempts }: Pick<RunStory, 'run' | 'errors' | 'attempts'>,
  path: string,
): StepAttempts | null {
  const step = run.steps.find((one) => one.path === path);
  const failed = errors.filter((error) => error.step === path).map(failedAttempt);
  if (step === undefined && failed.length === 0) return null;
  const made = step?.attempts ?? failed.at(-1)?.attempt ?? 0;
  const last = step === undefined ? null : lastOf(step, failed.at(-1) ?? null, attempts.get(path));
  const items = last === null ? failed : [...failed, last];
  const counted = items.filter(({ state }) => state !== 'waiting').length;
  return { step: path, items, next: null, omitted: Math.max(0, made - counted) };
}

const failedAttempt = (error: RunError): StepAttempt => ({
  attempt: error.attempt,
  state: 'failed',
  scheduledAt: null,
  startedAt: new Date(Date.parse(error.at) - error.ms).toISOString(),
  closedAt: error.at,
  ms: error.ms,
  worker: error.worker,
  error,
});

/** The one after those that failed; null where there is none. */
function lastOf(step: Step, before: StepAttempt | null, told: LastAttempt | undefined): StepAttempt | null {
  const state = stateOf(step, before);
  if (state === null || step.kept !== null || told === undefined) return null;
  const closedAt = state === 'succeeded' || state === 'cancelled' ? step.closedAt : null;
  // A worker that retries by itself begins the next attempt within the same activity: its start was that of the first.
  const isOwn = told.startedAt !== null && told.startedAt >= (before?.closedAt ?? '');
  const startedAt = isOwn ? told.startedAt : null;
  const took = startedAt === null || closedAt === null ? null : Date.parse(closedAt) - Date.parse(startedAt);
  return {
    attempt: Math.max(step.attempts, (before?.attempt ?? 0) + 1),
    state,
    scheduledAt: isOwn || before === null || state === 'waiting' ? told.scheduledAt : null,
    startedAt,
    closedAt,
    ms: state === 'succeeded' ? (step.ms ?? took) : took,
    worker: told.worker,
    error: null,
  };
}

function stateOf(step: Step, before: StepAttempt | null): StepAttempt['state'] | null {
  switch (step.state) {
    case 'failed':
    case 'abandoned':
      return null;
    case 'cancelled':
      return step.attempts > (before?.attempt ?? 0) ? 'cancelled' : null;
    default:
      return step.state;
  }
}
