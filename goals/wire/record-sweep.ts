// What the workflow that keeps a sink of records, and the activity that fills it, tell each other.

import { z } from 'zod';
import { lightPositionSchema } from './light-position.ts';

export const markSweepStateSchema = z.object({
  /** When the last workflow began that lists a run by a mark and whose mark the sink has (ms since 1970). */
  watermark: z.number(),
  /** Such workflows that are done with: visibility may tell of others late. */
  recent: z.array(z.string()),
});

/** How far a sink has heard of marks. */
export type MarkSweepState = z.infer<typeof markSweepStateSchema>;

export const sweepStateSchema = z.object({
  /** When the last execution closed whose record the sink has, by Temporal's clock (ms since 1970). 0: none yet. */
  watermark: z.number(),
  /** Executions that closed shortly before the watermark and are done with: visibility may tell of others late. */
  recent: z.array(z.string()),
  /** Absent where nothing of marks was told yet. */
  marks: markSweepStateSchema.optional(),
  /** The same of light runs. Older workers do not tell. */
  light: lightPositionSchema.optional(),
});

/** How far a sink of records is filled. Carried in heartbeats, and from one shift of the sweeping to the next. */
export type SweepState = z.infer<typeof sweepStateSchema>;
