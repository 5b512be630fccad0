// What needs a person now, as the gateway answers it.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { runRowSchema } from './run-row.ts';

export const attentionSchema = z.object({
  /** Failed runs that closed since then are looked at, or since a later time when `truncated`. */
  since: z.string(),
  /** There are more failed or open runs than were looked at. */
  truncated: z.boolean(),
  /** Outcomes that were not reached and that nothing has mended since, by what stopped them; the latest first. */
  troubles: z.array(
    z.object({
      /** Fingerprint of the first true failure, or what stands for it. */
      cause: z.string(),
      /** How many runs it stopped. */
      count: z.int(),
      /** Some of them: first the one in which the cause lies nearest. */
      runs: z.array(runRowSchema),
      /** Its alert, where a worker was up to make one. */
      alert: z
        .object({
          id: z.string(),
          acknowledged: z
            .object({
              at: z.string(),
              by: z.string(),
              verified: verifiedField,
              reason: z.string().nullable(),
            })
            .nullable(),
        })
        .nullable(),
    }),
  ),
  /** Open runs that struggle, are at risk, late or stuck; the one that is due first comes first. */
  slipping: z.array(runRowSchema),
  /** Open runs that wait for a person, and do not slip. */
  waiting: z.array(runRowSchema),
  /** Standing outcomes that hold no longer. */
  stale: z.array(z.object({ goal: z.string(), outcome: z.string(), team: z.string(), since: z.string() })),
  /** Leases that could not be torn down. */
  leases: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      goal: z.string(),
      job: z.string(),
      run: z.string(),
    }),
  ),
  /** All of these, but for troubles that somebody is on. */
  count: z.int(),
});
export type Attention = z.infer<typeof attentionSchema>;
export type SharedTrouble = Attention['troubles'][number];
