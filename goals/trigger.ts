import type { OutcomeTrigger } from './outcome-trigger.ts';

/** What starts runs of a goal by itself, as `on: [...]` of the goal lists it. */
export type Trigger = OutcomeTrigger;
