// How far the achieved light runs of all hosts have been told, to whoever is told of them.

import { z } from 'zod';

export const lightPositionSchema = z.object({
  /** What was achieved before is not told (ms since 1970, by Temporal's clock, as the others). */
  since: z.number(),
  /** When the last execution of a host closed that is done with. */
  watermark: z.number(),
  /**
   * By the execution of a host, of those that are open and those that closed shortly before the watermark: the last event that
   * is done with, and when the execution closed; 0 while that is not known.
   */
  hosts: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

/** It survives that hosts go on in other executions, and is carried from one worker to the next. */
export type LightPosition = z.infer<typeof lightPositionSchema>;
