import type { DatasetTrigger } from './dataset-trigger.ts';
import type { EventTrigger } from './event.ts';
import type { Goal } from './goal.ts';
import type { OutcomeTrigger } from './outcome-trigger.ts';
import type { Schedule } from './schedule.ts';
import type { Publication } from './wire/publication.ts';
import type { Why } from './wire/run-view.ts';

/** A cause that starts runs of a goal by itself, as `on: [...]` of the goal lists it. */
export type Trigger = DatasetTrigger | EventTrigger | OutcomeTrigger | Schedule;

/** What every kind of trigger knows of itself: see trigger-kinds.ts. */
export interface TriggerKind {
  /** By which the runs that it starts say what started them: a line of `whyKinds`. */
  readonly whyKind: Why['kind'];
  /** What is wrong with the goal's triggers of this kind, each in a sentence; `input` is null where the goal's cannot be read. */
  issues(goal: Goal, input: DeclaredInput | null): string[];
  /** They as data; nothing where the goal has none. */
  publish(goal: Goal): Partial<Publication>;
}

/** What a trigger may ask of the goal's input. */
export interface DeclaredInput {
  /** What is wrong with an input, if anything is. */
  fits(input: unknown): string | null;
  /** Whether it has a field at the path. */
  hasField(path: string): boolean;
}
