// The one contract by which a job in any language says what happened (docs/reference/job-contract.md): a small JSON
// object, whichever way it travels (a line of a command's stderr, an HTTP body, the details of another worker's failure).

import { z } from 'zod';
import { errorClasses } from './ledger.ts';

/** What stable codes look like. */
export const ERROR_CODE = /^[A-Za-z0-9._-]{1,64}$/;

/** A longer wait is told as this one: nobody waits so long. */
export const RETRY_AFTER_MOST_MS = 1e15;

/**
 * An error as a job tells it. `class` decides about a next attempt: `transient` and `infrastructure` are tried again,
 * `permanent`, `data` and `code` are not. `retryAfter` is in seconds; `details` is any JSON, kept up to DETAILS_BYTES.
 */
export const toldErrorSchema = z.object({
  code: z.string().regex(ERROR_CODE),
  message: z.string(),
  class: z.enum(errorClasses).default('transient'),
  /** The name of the error's class, such as `ValueError`; by default what the runner calls it. */
  type: z.string().min(1).optional(),
  retryAfter: z.number().nonnegative().optional(),
  details: z.unknown().optional(),
});
export type ToldError = z.infer<typeof toldErrorSchema>;

/** How far a step is: `done` of `total` (null when nobody knows), and what it is doing. */
export const progressSchema = z.object({
  done: z.number(),
  total: z.number().nullable().default(null),
  note: z.string().nullable().default(null),
});
export type Progress = z.infer<typeof progressSchema>;

/** One message of a job: `{"goalkeeper":1,"error":{…}}`, or with `progress` or `checkpoint` instead. */
export const jobMessageSchema = z.union([
  z.object({ goalkeeper: z.literal(1), error: toldErrorSchema }),
  z.object({ goalkeeper: z.literal(1), progress: progressSchema }),
  z.object({ goalkeeper: z.literal(1), checkpoint: z.unknown() }),
]);
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** Most of an error's details that is kept, in bytes of JSON. */
export const DETAILS_BYTES = 1024;

/** Classes that no retry will heal. */
export const isRefusing = (kind: ToldError['class']): boolean =>
  kind === 'permanent' || kind === 'data' || kind === 'code';
