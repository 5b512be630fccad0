// What crosses between the gateway and the workflow that holds back a goal's events of one key: debounced, or throttled.

import { z } from 'zod';

/** The longest times that an author may give, in milliseconds. */
export const PACE_LIMIT_MS = 7 * 86_400_000;

/** One event's part of an input, in bytes of JSON. */
export const PACED_BYTES = 64 * 1024;

export const paceTermsSchema = z.object({
  /** Paths into the event whose values make the key. Empty: the key of the run. */
  by: z.array(z.string()),
  how: z.enum(['debounce', 'throttle']),
  /** Debounced: how long none must have come. Throttled: how long after a run the next one may begin. */
  ms: z.number(),
  /** Debounced: how long the first one waits at most. */
  atMostMs: z.number(),
});

/** How events that come often become fewer runs. */
export type PaceTerms = z.infer<typeof paceTermsSchema>;

export const pacedEventSchema = z.object({
  /** `eventDigest`. */
  digest: z.string(),
  /** The input of the run. */
  item: z.unknown(),
  ...{ id: z.string(), source: z.string(), type: z.string() },
  /** Of the goal as it is published now: the newest that is heard counts. */
  pace: paceTermsSchema,
});
export type PacedEvent = z.infer<typeof pacedEventSchema>;

/** Events that wait for their run: the last one is its input. Times in milliseconds. */
export interface HeldEvents {
  last: PacedEvent;
  lastAt: number;
  firstAt: number;
  count: number;
}

/** What a pacer goes on with in a fresh history. */
export interface PacerState {
  goal: string;
  held: HeldEvents | null;
  /** When its last run was begun; 0 before the first. */
  startedAt: number;
  /** How often its runs were refused, so that each try to begin one is a request of its own: a refused one is remembered. */
  refusals: number;
  /** Digests of the events that were taken, the newest last. */
  seen: string[];
}

/** When the run of what is held is due. */
export function dueOf({ last: { pace }, lastAt, firstAt }: HeldEvents, startedAt: number): number {
  if (pace.how === 'throttle') return Math.max(firstAt, startedAt + pace.ms);
  return Math.min(lastAt + pace.ms, firstAt + pace.atMostMs);
}
