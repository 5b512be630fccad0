// The one contract by which a job in any language says what happened (docs/reference/job-contract.md): a small JSON
// object, whichever way it travels (a line of a command's stderr, an HTTP body, the details of another worker's failure).

import { z } from 'zod';
import { saidArtifactSchema } from './artifacts.ts';
import { attemptLinesSchema } from './attempt-lines.ts';
import { errorClasses } from './ledger.ts';

/** What stable codes look like. */
export const ERROR_CODE = /^[A-Za-z0-9._-]{1,64}$/;

/** A longer wait is told as this one: nobody waits so long. */
export const RETRY_AFTER_MOST_MS = 1e15;

/**
 * An error as a job tells it. `class` decides about a next attempt: `transient` and `infrastructure` are tried again,
 * `permanent`, `data` and `code` are not. `retryAfter` is in seconds; `details` is any JSON, kept up to DETAILS_BYTES.
 */
export const reportedErrorSchema = z.object({
  code: z.string().regex(ERROR_CODE),
  message: z.string(),
  class: z.enum(errorClasses).default('transient'),
  /** The name of the error's class, such as `ValueError`; by default what the runner calls it. */
  type: z.string().min(1).optional(),
  retryAfter: z.number().nonnegative().optional(),
  details: z.unknown().optional(),
});
/** An error as a job in any language reports it: its code, message and class, and what else helps. */
export type ReportedError = z.infer<typeof reportedErrorSchema>;

/** How far a step is: `done` of `total` (null when nobody knows), and what it is doing. */
export const progressSchema = z.object({
  done: z.number(),
  total: z.number().nullable().default(null),
  note: z.string().nullable().default(null),
});
export type Progress = z.infer<typeof progressSchema>;

/** One message of a job: `{"goalkeeper":1,"error":{…}}`, or with `progress`, `checkpoint` or `artifact` instead. */
export const jobMessageSchema = z.union([
  z.object({
    goalkeeper: z.literal(1),
    error: reportedErrorSchema,
    /** What the attempt wrote before it. Garbage must not take the error along. */
    log: attemptLinesSchema.optional().catch(undefined),
  }),
  z.object({ goalkeeper: z.literal(1), progress: progressSchema }),
  z.object({ goalkeeper: z.literal(1), checkpoint: z.unknown() }),
  z.object({ goalkeeper: z.literal(1), artifact: saidArtifactSchema }),
]);
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** Most of an error's details that is kept, in bytes of JSON. */
export const DETAILS_BYTES = 1024;

/** Classes that no retry will heal. */
export const isRefusing = (kind: ReportedError['class']): boolean =>
  kind === 'permanent' || kind === 'data' || kind === 'code';
