import type { Argument, Option } from 'commander';

/** Of what the gateway has names that a shell can complete. */
export type Names =
  | 'fields of a goal'
  | 'goals'
  | 'runs'
  | 'failed runs'
  | 'open runs'
  | 'schedules'
  | 'backfills'
  | 'alerts'
  | 'leases';

const completed = new WeakMap<Argument | Option, Names>();

/** Says that a shell completes this argument, or the value of this option, by names that the gateway has. */
export function completedBy<Completed extends Argument | Option>(names: Names, one: Completed): Completed {
  completed.set(one, names);
  return one;
}

export const namesOf = (one: Argument | Option): Names | undefined => completed.get(one);
