import { z } from 'zod';

export const sweepStateSchema = z.object({
  /** When the last execution closed whose record the sink has, by Temporal's clock (ms since 1970). 0: none yet. */
  watermark: z.number(),
  /** Executions that closed shortly before the watermark and are done with: visibility may tell of others late. */
  recent: z.array(z.string()),
});

/** How far a sink of records is filled. Carried in heartbeats, and from one shift of the sweeping to the next. */
export type SweepState = z.infer<typeof sweepStateSchema>;
