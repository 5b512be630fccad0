// Every name that crosses a process, and nowhere else: workflow types, signals, activities, memo fields,
// search attributes. A name here is part of recorded histories: never rename one, add another.

/** Task queue of a worker that names none. */
export const DEFAULT_TASK_QUEUE = 'goalkeeper';

/** Queue of goalkeeper's own workflows (no user code runs there); every worker polls it. */
export const SYSTEM_TASK_QUEUE = 'gk-system';

/** What is ours: no goal and no job may be called so. */
export const RESERVED_PREFIX = 'gk-';

/** Workflow type of the long-lived workflow whose memo publishes one goal (DESIGN 3). */
export const STANDING_GOAL = 'gk-standing-goal';

/** Workflow ID of a goal's standing goal. It cannot be a run's: no goal's name starts with `gk-`. */
export const standingGoalId = (goal: string): string => `gk-goal:${goal}`;

/** Workflow type of the long-lived workflow that keeps one sink of records filled. */
export const KEEP_RECORDS = 'gk-keep-records';

/** Workflow ID of the keeper of a sink, and the task queue of those workers that have that sink. */
export const recordsKeeperId = (sink: string, name: string | null): string =>
  `gk-records:${sink}${name === null ? '' : `:${name}`}`;

export const signalNames = { publish: 'gk-publish', retire: 'gk-retire' } as const;

export const activityNames = {
  pendingLedgers: 'gk-pending-ledgers',
  findRun: 'gk-find-run',
  sweepRecords: 'gk-sweep-records',
} as const;

export const memoNames = {
  /** Of a standing goal: its `Publication`. */
  publication: 'gkGoal',
  /** Of a run: the key as the input gave it, before it was made safe for an ID. */
  key: 'gkKey',
  /** Of a run: digest of the canonical input, so that one key with two inputs is noticed. */
  input: 'gkInput',
  /** Of a run: who or what triggered it (`Why`). */
  why: 'gkWhy',
  /** Of a run started by another: the step of that run which needs it. */
  step: 'gkStep',
} as const;

/** Search attributes of runs, all of type Keyword. Registered by the worker's set-up. */
export const searchAttributes = { owner: 'GkOwner', team: 'GkTeam' } as const;

/** Summary of the timer that is a run's deadline; no step can have it, as a step's path ends in `#n`. */
export const DEADLINE_TIMER = 'deadline';

/** Summary of timers that are the engine's own waiting, not a step: between two looks at a shared run. */
export const ATTACH_TIMER = 'waiting for a run that was already under way';

/** Largest input or result of a job or goal, in bytes of JSON: well under what the engine refuses (2 MB). */
export const PAYLOAD_BYTES = 1024 * 1024;
