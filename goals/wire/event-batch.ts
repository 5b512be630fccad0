// What crosses between the gateway and the workflow that collects a goal's events into one run.

import { z } from 'zod';

/** A batch may have so many events, and wait so long for them. */
export const BATCH_SIZE_LIMIT = 1000;
export const BATCH_AFTER_LIMIT_MS = 86_400_000;

/** One event's part of a batch, in bytes of JSON. */
export const BATCHED_BYTES = 16 * 1024;

export const batchedEventSchema = z.object({
  /** `eventDigest`. */
  digest: z.string(),
  /** What the goal takes of it: one of the run's `items`. */
  item: z.unknown(),
  type: z.string(),
  /** Of the goal as it is published now: the newest that is heard counts. */
  size: z.int(),
  afterMs: z.number(),
});
export type BatchedEvent = z.infer<typeof batchedEventSchema>;

/** What a collector goes on with in a fresh history. */
export interface BatchState {
  goal: string;
  /** Events that wait for their run, the oldest first, and since when, in milliseconds. */
  waiting: (BatchedEvent & { at: number })[];
  /** Digests of the events that were taken, the newest last. */
  seen: string[];
}

/** The input of a run for a batch. */
export interface BatchInput {
  /** Names the batch, for ever: the goal's key. */
  batch: string;
  items: unknown[];
}
