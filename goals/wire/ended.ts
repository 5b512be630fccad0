// How a run ends that cannot end itself, as its code cannot go on or no worker serves it: goalkeeper terminates the
// workflow, and the details of that say what the end is for the goal, and what its steps had met until then.

import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { pendingLedgersSchema } from './ledger.ts';

export const endedSchema = z.object({
  gk: z.literal(1),
  outcome: z.enum(['failed', 'cancelled']),
  /** Null when it was cancelled. */
  failure: failureSchema.nullable(),
  /** Errors of the steps that were under way, by path. */
  ledgers: pendingLedgersSchema,
});
export type Ended = z.infer<typeof endedSchema>;

/** JSON of the ledgers that an end carries: what is beyond that is left out, the smallest are kept. */
export const ENDED_LEDGERS_BYTES = 1024 * 1024;

/** How long a run that is being closed waits for its jobs to notice. */
export const CLOSING_GRACE_MS = 10_000;

/** Temporal itself ends a run so long after the time by which its own worker, or any, would have: the last resort. */
const BACKSTOP_MS = 15 * 60_000;

/** Temporal's timeout of the workflow of a run with that deadline, in milliseconds. */
export const runTimeoutMs = (deadlineMs: number): number => deadlineMs + CLOSING_GRACE_MS + BACKSTOP_MS;
