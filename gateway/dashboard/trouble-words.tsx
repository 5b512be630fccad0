/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// A trouble in words: what it is where no attempt's error is meant, where it happened, and where its runs are listed.

import type { Incident } from '../../goals/wire/answers.ts';
import type { FailureKind } from '../../goals/wire/failure.ts';
import { isCauseless } from '../../goals/wire/trouble.ts';
import { pathWith } from './asking.ts';
import { visible } from './text.tsx';

export const KINDS: Record<FailureKind, string> = {
  job: 'a result was refused',
  criteria: 'a criterion was not met',
  deadline: 'the deadline passed',
  input: 'an input did not fit',
  dependency: 'something needed was not there',
  rejected: 'a person rejected it, or nobody decided',
  code: "the goal's own code failed",
  engine: 'Temporal ended it',
};

/** The step in which it happened last, and how many more places there are. Nothing of what happened in no step. */
export const Where = ({ of: { places } }: { of: Pick<Incident, 'places'> }) => {
  const [last, ...others] = places;
  const step = last?.step ?? last?.job ?? null;
  if (last === undefined || step === null) return null;
  return (
    <span>
      in <bdi class="mono">{visible(step)}</bdi> of <bdi>{visible(last.goal)}</bdi>
      {others.length === 0 ? null : ` and ${others.length} more ${others.length === 1 ? 'place' : 'places'}`}
    </span>
  );
};

type Listed = Pick<Incident, 'fingerprint' | 'kind' | 'type' | 'code' | 'places'>;

/** The list of the runs that it hurt, of one goal or of all. Those without a cause are listed by their goal and code. */
export function runsOfTrouble(trouble: Listed, goal?: string): string {
  if (!isCauseless(trouble)) return pathWith('/runs', { goal, fingerprint: trouble.fingerprint });
  const of = { goal: goal ?? trouble.places[0]?.goal, outcome: 'failed' };
  const isTold = trouble.kind !== 'engine';
  return pathWith('/runs', isTold ? { ...of, code: trouble.code } : of);
}

/** Whether its runs can be resumed together. Those that Temporal ended are found by no list. */
export const isRecoverable = (trouble: Listed & Pick<Incident, 'failedRuns'>): boolean =>
  trouble.failedRuns > 0 && !(isCauseless(trouble) && trouble.kind === 'engine');
