// The attempts of one step as people see them: those that failed, and the one that succeeded or is under way.

import { z } from 'zod';
import { runErrorSchema } from './run-view.ts';

export const stepAttemptSchema = z.object({
  /** From 1. */
  attempt: z.int(),
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']),
  /** When it waited for a worker; null where the history does not tell. */
  scheduledAt: z.string().nullable(),
  /** When a worker began it; null where it has not, or the worker retries by itself and so the history does not tell. */
  startedAt: z.string().nullable(),
  closedAt: z.string().nullable(),
  /** How long it ran, in milliseconds; null where its start or its end is not known. */
  ms: z.number().nullable(),
  /** Which worker; null where none has it, or the history does not tell. */
  worker: z.string().nullable(),
  /** With what it failed, and what became of that; null where it did not fail. */
  error: runErrorSchema.nullable(),
});
export type StepAttempt = z.infer<typeof stepAttemptSchema>;

export const stepAttemptsSchema = z.object({
  step: z.string(),
  /** In the order in which they were made. */
  items: z.array(stepAttemptSchema),
  next: z.null(),
  /** Attempts between the first and the last ones that a bounded ledger no longer holds. */
  omitted: z.int(),
});
export type StepAttempts = z.infer<typeof stepAttemptsSchema>;
