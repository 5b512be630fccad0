// A backfill as it crosses processes: what is asked for, how far it is, and what a dry run lists.

import { z } from 'zod';
import { verifiedField } from './actor.ts';

/** Times of one backfill. A longer range is split. */
export const BACKFILL_TIMES = 5_000;
/** Keys of one request; more are a range. */
export const BACKFILL_KEYS = 1_000;
/** Runs of a backfill that are open at once. */
export const BACKFILL_AT_ONCE = 100;
/** Temporal's lowest: fresh runs go first. */
export const BACKFILL_PRIORITY = 5;
/** Of the runs that were not achieved, so many are told one by one. */
export const MISSED_SHOWN = 50;

export const reprocesses = ['missing', 'failed', 'all'] as const;
/**
 * What a backfill pursues: what is not achieved (`missing`), of that only what was tried before (`failed`), or what is
 * achieved as well (`all`).
 */
export type Reprocess = (typeof reprocesses)[number];

export const backfillTermsSchema = z.object({
  goal: z.string(),
  /** The goal's schedule, by name, whose times and input function are taken; else `step` and `input`. */
  schedule: z.string().nullable(),
  stepMs: z.number().nullable(),
  /** In whose strings `{time}` and `{date}` stand for the time that is meant, in UTC. */
  input: z.unknown(),
  /** The range: from the one, up to but without the other. Null where `inputs` say what is pursued. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Instead of times: the input of each key, in order. */
  inputs: z.array(z.unknown()).optional(),
  atOnce: z.int(),
  dryRun: z.boolean(),
  /** Which of the range's outcomes are pursued. Older gateways do not tell: those that are missing. */
  reprocess: z.enum(reprocesses).optional(),
  /** Whether goals that listen to this one hear of its runs. Older gateways do not tell: they do. */
  downstream: z.enum(['start', 'hold']).optional(),
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
});
export type BackfillTerms = z.infer<typeof backfillTermsSchema>;

const steering = z.object({
  at: z.string(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string().nullable(),
});

export const missedRunSchema = z.object({
  /** Null where it was asked for by its key. */
  at: z.string().nullable(),
  run: z.string().nullable(),
  outcome: z.enum(['failed', 'cancelled', 'refused']),
  message: z.string(),
});

export const backfillMemoSchema = z.object({
  /** Null until a worker has begun with it. */
  startedAt: z.string().nullable(),
  /** Null until its times are known. */
  total: z.int().nullable(),
  achieved: z.int(),
  /** Achieved before, or with `failed` never tried, so that nothing ran. */
  skipped: z.int(),
  failed: z.int(),
  open: z.int(),
  paused: steering.nullable(),
  /** The goal is paused, since it noticed. Older workers do not tell. */
  held: z.object({ at: z.string(), message: z.string() }).nullable().optional(),
  cancelled: steering.nullable(),
  /** The first of those that were not achieved. */
  missed: z.array(missedRunSchema),
});

/** How far a backfill is: memo of its workflow. */
export type BackfillMemo = z.infer<typeof backfillMemoSchema>;

/** Of one that has not begun. */
export const NOTHING_BACKFILLED: BackfillMemo = {
  ...{ startedAt: null, total: null, achieved: 0, skipped: 0, failed: 0, open: 0 },
  ...{ paused: null, cancelled: null, missed: [] },
};
export type Steering = z.infer<typeof steering>;

/** A backfill in the middle, from one history to the next. */
export interface BackfillState {
  /** Times that are still to be begun, in seconds since 1970; of `inputs`, their places. */
  waiting: number[];
  /** Begun, and not ended yet. */
  open: { time: number; run: string; execution: string }[];
  memo: BackfillMemo;
}

/** One line of what a dry run lists. */
export const plannedRunSchema = z.object({
  /** Null where it is asked for by its key. */
  at: z.string().nullable(),
  run: z.string(),
  /**
   * `skip`: it is achieved, or with `failed` was never tried. `join`: it is under way. `again`: it is achieved, and
   * pursued once more.
   */
  does: z.enum(['run', 'join', 'skip', 'again']),
  /** Left out of all where the list would be too large. */
  input: z.unknown(),
});
export type PlannedRun = z.infer<typeof plannedRunSchema>;

/** What became of a run so far, as `gk-look-at-runs` tells it, in the order of the IDs asked for. */
export type SeenRun = 'none' | 'running' | 'achieved' | 'other';
