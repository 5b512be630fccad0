// What workflows and the attempts of their jobs tell each other beside the input.

import { z } from 'zod';
import { heartbeatSchema, stepFailureSchema } from './ledger.ts';

/** What a step tells its job's attempts, beside the input. Fields that say nothing are left out. */
export const callSchema = z.object({
  /** When the run's deadline is, in milliseconds since 1970, by Temporal's clock. */
  deadline: z.number().optional(),
  /** From when on errors that have not healed put the run at risk, in milliseconds since 1970. */
  riskAt: z.number().optional(),
  /** What this use changes of the contract. */
  timeoutMs: z.number().optional(),
  attempts: z.int().optional(),
  /** What the activity before this one left, when a callback told that its attempt failed. */
  carried: heartbeatSchema.optional(),
  /** Of a batch: so many of its calls at once, and no more. */
  lanes: z.int().optional(),
  /** Of an item that a shard of a map has tried: its run. */
  run: z.string().optional(),
  /** Of a host's batch: so long a call may take, and where most are done the rest is not waited for as long. */
  shareMs: z.number().optional(),
  /** The step has failed for good in the host that had begun it: no attempt is made. */
  gaveUp: stepFailureSchema.shape.reason.optional(),
  /** Of an item of a map: how many items there are. */
  items: z.int().optional(),
});
export type Call = z.infer<typeof callSchema>;

/** What `gk-find-run` tells of a run that another may already pursue. `input` is its digest, where its start has left one. */
export type FoundRun = { id: string; input?: string } & (
  | { state: 'running' }
  | { state: 'achieved'; achievement: unknown; execution?: string }
  /** It was achieved, and its outcome turned out to be wrong since. */
  | { state: 'retracted'; execution: string }
  | { state: 'failed'; details: unknown; message: string; execution?: string }
  | { state: 'cancelled'; execution?: string }
  | { state: 'gone'; status: string; execution?: string }
);

/** With the signals `gk-needed-by` and `gk-needed-closes`: which run sends it. */
export const waitingSchema = z.object({ run: z.string(), execution: z.string() });
export type WaitingRun = z.infer<typeof waitingSchema>;
