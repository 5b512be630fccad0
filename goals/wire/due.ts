// What is due on a day, as the gateway answers it: a line for each owner.

import { z } from 'zod';

/** How what is due stands, the most urgent first. */
export const dueStates = ['missing', 'failed', 'late', 'atRisk', 'open', 'ahead', 'achieved'] as const;
export type DueState = (typeof dueStates)[number];

export const dueItemSchema = z.object({
  goal: z.string(),
  team: z.string(),
  /**
   * `missing`: its time to begin is over, and no run has begun. `late`: open past the time at which it is due. `atRisk`: open, stuck
   * or with too little time left. `ahead`: its time to begin has not come.
   */
  state: z.enum(dueStates),
  /** By when it is due. */
  due: z.string(),
  /** The schedule, and its time; null of what no schedule starts. */
  schedule: z.string().nullable(),
  at: z.string().nullable(),
  /** Null of what has not begun. */
  run: z.string().nullable(),
  key: z.string().nullable(),
});
export type DueItem = z.infer<typeof dueItemSchema>;

export const dueLineSchema = z.object({
  owner: z.string(),
  /** All of it; what follows are its parts. */
  due: z.int(),
  achieved: z.int(),
  open: z.int(),
  atRisk: z.int(),
  late: z.int(),
  failed: z.int(),
  missing: z.int(),
  ahead: z.int(),
  /** The most urgent of it. */
  items: z.array(dueItemSchema),
  /** How much of it is not in `items`. */
  more: z.int(),
});
export type DueLine = z.infer<typeof dueLineSchema>;

export const dueSchema = z.object({
  /** The owners by whom most is not there come first. */
  items: z.array(dueLineSchema),
  next: z.null(),
  day: z.string(),
  timezone: z.string(),
  /** When that day begins there and ends. */
  from: z.string(),
  to: z.string(),
  /** Runs and scheduled times beyond those that were looked at. */
  uncounted: z.int(),
});
export type DuePage = z.infer<typeof dueSchema>;
