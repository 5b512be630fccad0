// Which times a backfill has, which inputs they make, and what would run.

import { ApplicationFailure } from '@temporalio/workflow';
import { goalNamed } from '../../goals/goal-named.ts';
import type { Goal } from '../../goals/index.ts';
import {
  BACKFILL_TIMES,
  type BackfillTerms,
  type PlannedRun,
  type Reprocess,
  type SeenRun,
} from '../../goals/wire/backfill.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { PAYLOAD_BYTES, scheduleId } from '../../goals/wire/names.ts';
import { runId, runKey } from '../../goals/wire/run-id.ts';
import { noSchedule, type ScheduledInput, scheduledInput, scheduleNamed } from './scheduled-input.ts';
import { lookAtRuns, scheduleTimes } from './triggered-run.ts';

/** In milliseconds since 1970: each time of the schedule, or each step, from `from`, before `to`. */
export async function backfillTimes({ goal, schedule, stepMs, from, to }: BackfillTerms): Promise<number[]> {
  const [first, end] = [Date.parse(from ?? ''), Date.parse(to ?? '')];
  if (schedule === null) {
    const step = stepMs as number;
    return Array.from({ length: Math.ceil((end - first) / step) }, (_, i) => first + i * step);
  }
  const { times, more } = await scheduleTimes({
    schedule: scheduleId(goal, schedule),
    after: new Date(first - 1000).toISOString(),
    until: new Date(end - 1000).toISOString(),
    limit: BACKFILL_TIMES,
  });
  if (!more) return times;
  throw ApplicationFailure.nonRetryable(
    `The schedule has more than ${BACKFILL_TIMES} times in that range; split it.`,
    'backfill_too_long',
  );
}

/** One of what a backfill pursues: its time in milliseconds since 1970, or its place among the inputs that were asked for. */
export interface BackfillPlace {
  made: ScheduledInput;
  /** Null of one that has no time. */
  at: string | null;
  /** By which its start is known among those of the backfill. */
  name: string;
}

/** All that a backfill has: a number for each, which `placeOf` reads. */
export const backfillPlaces = (terms: BackfillTerms): Promise<number[]> =>
  terms.inputs === undefined ? backfillTimes(terms) : Promise.resolve(terms.inputs.map((_, n) => n));

/** Reads a number of `backfillPlaces`. */
export function placeOf(goals: readonly Goal[], terms: BackfillTerms): (n: number) => BackfillPlace {
  const { inputs } = terms;
  if (inputs !== undefined) return (n) => ({ made: { input: inputs[n] }, at: null, name: `#${n}` });
  const inputOf = inputsOf(goals, terms);
  return (time) => {
    const at = new Date(time);
    return { made: inputOf(at), at: at.toISOString(), name: `@${at.toISOString()}` };
  };
}

/** The input for each time: of the schedule's function, or of the template. */
function inputsOf(
  goals: readonly Goal[],
  { goal, schedule, input }: BackfillTerms,
): (at: Date) => ScheduledInput {
  if (schedule === null) return (at) => ({ input: filledIn(input, at) });
  const found = scheduleNamed(goals, goal, schedule);
  if (found !== null) return (at) => scheduledInput(found.goal, found.schedule, at);
  return () => noSchedule(goal, schedule);
}

function filledIn(template: unknown, at: Date): unknown {
  if (typeof template === 'string') {
    const time = at.toISOString();
    return template.replaceAll('{time}', time).replaceAll('{date}', time.slice(0, 10));
  }
  if (Array.isArray(template)) return template.map((part) => filledIn(part, at));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, part]) => [name, filledIn(part, at)]));
}

const LOOKED_AT_ONCE = 100;
/** What becomes of a time whose run was found so. */
export const DOES: Record<Reprocess, Record<SeenRun, PlannedRun['does']>> = {
  missing: { none: 'run', other: 'run', running: 'join', achieved: 'skip' },
  failed: { none: 'skip', other: 'run', running: 'join', achieved: 'skip' },
  all: { none: 'run', other: 'run', running: 'join', achieved: 'again' },
};

/** What would run, were it not a dry run: every time, in order. */
export async function plan(
  goals: readonly Goal[],
  terms: BackfillTerms,
  places: readonly number[],
): Promise<PlannedRun[]> {
  const { key } = goalNamed(goals, terms.goal) ?? {};
  const read = placeOf(goals, terms);
  const planned = places.map((n) => {
    const { made, at } = read(n);
    if (made.unmade !== undefined || key === undefined)
      throw ApplicationFailure.nonRetryable(
        made.unmade?.message ?? `The worker has no goal '${terms.goal}'.`,
        'backfill_impossible',
      );
    const run = runId(terms.goal, runKey(made.input, key).id);
    return { at, run, does: 'run' as PlannedRun['does'], input: made.input };
  });
  for (let i = 0; i < planned.length; i += LOOKED_AT_ONCE) {
    const some = planned.slice(i, i + LOOKED_AT_ONCE);
    const seen = await lookAtRuns(some.map(({ run }) => run));
    for (const [j, one] of some.entries()) one.does = DOES[terms.reprocess ?? 'missing'][seen[j] as SeenRun];
  }
  if (jsonBytes(planned) < PAYLOAD_BYTES) return planned;
  return planned.map(({ input: _, ...rest }) => ({ ...rest, input: undefined }));
}
