import type { EventTrigger } from './event.ts';
import type { OutcomeTrigger } from './outcome-trigger.ts';
import type { Schedule } from './schedule.ts';

/** What starts runs of a goal by itself, as `on: [...]` of the goal lists it. */
export type Trigger = EventTrigger | OutcomeTrigger | Schedule;
