// How a standing outcome stands, as data: what its watcher's memo tells, and what people see of it.

import { z } from 'zod';
import type { RunMark } from './retraction.ts';

export const standingTermsSchema = z.object({
  goal: z.string(),
  team: z.string(),
  owner: z.string(),
  freshMs: z.number(),
  leadMs: z.number(),
  /** Nothing is pursued because of it. */
  watchOnly: z.boolean().optional(),
  /** The outcome is that the dataset is fresh, whoever produced it. */
  dataset: z.object({ name: z.string(), team: z.string() }).optional(),
  /** Of the deployment that published it: an older one never overwrites a newer one. */
  version: z.number(),
});

/** What a watcher keeps to. */
export type StandingTerms = z.infer<typeof standingTermsSchema>;

export const standingMemoSchema = standingTermsSchema
  .pick({ freshMs: true, leadMs: true, watchOnly: true, version: true })
  .extend({
    /** Since when it is watched, and when it was last achieved; milliseconds since 1970, by Temporal's clock. */
    since: z.number(),
    achievedAt: z.number().nullable(),
    /** The run that has achieved it. */
    run: z.string().nullable(),
    /** The execution of it that has. Older watchers do not tell. */
    execution: z.string().optional(),
  });
export type StandingMemo = z.infer<typeof standingMemoSchema>;

/** What a watcher carries from one execution to the next. */
export interface Watch extends Pick<StandingMemo, 'since' | 'achievedAt' | 'run' | 'execution'> {
  /** The run that was asked for last. */
  asked: string | null;
  failures: number;
  /** For which end of its freshness the owner was told. */
  toldFor: number | null;
  /** What it rests on was found wrong since. */
  doubted?: Doubted;
}

/** The execution by which an outcome was achieved last, which is marked: since when, in milliseconds since 1970. */
export interface Doubted {
  mark: RunMark;
  run: string;
  execution: string;
  at: number;
}

/** What `gk-last-achieved` is asked: which of these runs was achieved last, and not retracted since. It gives back what was made of the time. */
export interface LookedFor {
  ids: string[];
  /** Instead of these: the dataset whose latest version counts. */
  dataset?: { name: string; team: string };
  made: StandingInput;
}
export type StandingInput = { input: unknown } | { problem: string };
export interface LastAchieved {
  at: number | null;
  run: string | null;
  execution?: string;
  /** That one is in doubt, or one that came later was retracted. */
  doubted?: Doubted;
  made: StandingInput;
}

export const standingStates = ['fresh', 'due', 'stale'] as const;

export const standingStateSchema = z.object({
  /** How long it holds once it is achieved, in milliseconds. */
  fresh: z.number(),
  /** Null when it was never achieved. */
  freshUntil: z.string().nullable(),
  state: z.enum(standingStates),
  since: z.string(),
});

/** A standing outcome as the gateway tells it. */
export type StandingState = z.infer<typeof standingStateSchema>;

/**
 * From when on it is pursued, and from when on it is stale. One that was never achieved is due from the beginning; one that
 * is only watched is never due.
 */
export function limitsOf({
  since,
  achievedAt,
  freshMs,
  leadMs,
  watchOnly,
}: Pick<StandingMemo, 'since' | 'achievedAt' | 'freshMs' | 'leadMs' | 'watchOnly'>): {
  dueAt: number;
  staleAt: number;
} {
  if (watchOnly === true) {
    const staleAt = (achievedAt ?? since) + freshMs;
    return { dueAt: staleAt, staleAt };
  }
  return achievedAt === null
    ? { dueAt: since, staleAt: since + leadMs }
    : { dueAt: achievedAt + freshMs - leadMs, staleAt: achievedAt + freshMs };
}

/** How it stands: time alone makes it stale, also while nobody is there to watch. */
export function standingState(memo: StandingMemo, now: number): StandingState {
  const { dueAt, staleAt } = limitsOf(memo);
  const iso = (ms: number): string => new Date(ms).toISOString();
  const [state, since] =
    now >= staleAt
      ? (['stale', staleAt] as const)
      : now >= dueAt
        ? (['due', dueAt] as const)
        : (['fresh', memo.achievedAt ?? memo.since] as const);
  const freshUntil = memo.achievedAt === null ? null : iso(memo.achievedAt + memo.freshMs);
  return { fresh: memo.freshMs, freshUntil, state, since: iso(since) };
}
