import type { EventTrigger } from './event.ts';

/** What starts runs of a goal by itself, as `on: [...]` of the goal lists it. */
export type Trigger = EventTrigger;
