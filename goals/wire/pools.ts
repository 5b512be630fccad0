// Pools, as data: what a run asks a pool's semaphore for, what that answers, and what a gateway reads of it.

import { z } from 'zod';

export const poolLimitsSchema = z.object({
  name: z.string(),
  /** Attempts at once; null for no limit. */
  atOnce: z.int().positive().nullable(),
  /** Attempts that begin in a second; null for no limit. */
  perSecond: z.int().positive().nullable(),
});
export type PoolLimits = z.infer<typeof poolLimitsSchema>;

/** Which permit of which execution. */
export const permitSchema = z.object({
  execution: z.string(),
  /** Tells apart the permits that one execution asks for. */
  id: z.string(),
});
export type Permit = z.infer<typeof permitSchema>;

export const permitRequestSchema = permitSchema.extend({
  /** As the run's code declares them: those of the newest request hold. */
  pool: poolLimitsSchema,
  run: z.string(),
  step: z.string(),
  attempt: z.int(),
  /** How long it may be held: nobody gives back what a lost run had. */
  holdMs: z.number(),
  /** How long the attempt of a run that was ended may still go on: until its worker hears of it. */
  graceMs: z.number(),
});

/** A run's request for one attempt. Asked again, it changes nothing. */
export type PermitRequest = z.infer<typeof permitRequestSchema>;

export const grantSchema = z.object({
  id: z.string(),
  /** Milliseconds since 1970, by Temporal's clock. */
  since: z.number(),
  until: z.number(),
});

/** The semaphore's answer to a run. */
export type Grant = z.infer<typeof grantSchema>;

export const releaseSchema = permitSchema.extend({ pool: z.string(), step: z.string() });

/** The permit is not needed any more, or not waited for. */
export type Release = z.infer<typeof releaseSchema>;

/** What the history tells of a request, or of a release. */
export const poolMarkerSchema = z.object({
  step: z.string(),
  pool: z.string(),
  /** Of a request: which attempt it is for. */
  attempt: z.int().nullable(),
  /** Of a release: the step ended while it waited. */
  gone: z.boolean(),
});
export type PoolMarker = z.infer<typeof poolMarkerSchema>;

export const poolMemoSchema = poolLimitsSchema.extend({
  /** From the oldest, at most HOLDERS_SHOWN. */
  holders: z.array(
    z.object({
      run: z.string(),
      execution: z.string(),
      step: z.string(),
      attempt: z.int(),
      since: z.string(),
      until: z.string(),
    }),
  ),
  /** How many are held, shown or not. */
  held: z.int(),
  waiting: z.int(),
  /** From the one that has waited longest, at most WAITERS_SHOWN; absent where an older worker wrote it. */
  waiters: z
    .array(
      z.object({
        run: z.string(),
        execution: z.string(),
        step: z.string(),
        attempt: z.int(),
        /** When it asked first; null where that is not known. */
        since: z.string().nullable(),
      }),
    )
    .optional(),
});

/** What a pool's semaphore shows. */
export type PoolMemo = z.infer<typeof poolMemoSchema>;

export const HOLDERS_SHOWN = 50;
export const WAITERS_SHOWN = 20;
