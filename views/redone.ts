// What a run that is pursued once more keeps of its last execution.

import type { temporal } from '@temporalio/proto';
import type { RecoveredRun } from '../goals/wire/recovery.ts';
import type { Resume } from '../goals/wire/resume.ts';
import type { KnownStep } from './known-step.ts';
import { beginningsIn } from './known-steps.ts';
import { usesIn } from './used-outcomes.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

const NOTHING = { seed: false, exclude: [] };

/**
 * One that failed keeps what succeeded. One that used what is in doubt keeps the steps that began before that outcome was there: none of
 * them can stand on it. What is achieved and retracted itself keeps nothing.
 */
export function redoneFrom(
  { how, doubted = [] }: Pick<RecoveredRun, 'how' | 'doubted'>,
  events: readonly Event[],
  known: readonly KnownStep[],
): Pick<Resume, 'seed' | 'exclude'> {
  if (how === 'resume') return { seed: true, exclude: [] };
  if (how === 'scratch') return NOTHING;
  const isDoubted = (run: string, execution: string | null): boolean =>
    doubted.some((one) => one.run === run && (execution === null || one.execution === execution));
  const first = Math.min(
    ...usesIn(events)
      .filter(({ run, execution }) => isDoubted(run, execution))
      .map(({ event }) => event),
  );
  // It is not known from where on.
  if (!Number.isFinite(first)) return NOTHING;
  const begunWith = beginningsIn(events);
  const isLater = ({ step }: KnownStep): boolean => (begunWith.get(step ?? '') ?? first) >= first;
  const results = known.filter(({ result }) => result !== null);
  // What no path names cannot be left out alone.
  if (results.some(({ step }) => step === null)) return NOTHING;
  return { seed: true, exclude: results.filter(isLater).flatMap(({ step }) => step ?? []) };
}
