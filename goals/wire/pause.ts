// A goal that is paused: said by its catalogue entry, beside what workers publish of it.

import { z } from 'zod';
import { verifiedField } from './actor.ts';
import { memoNames } from './names.ts';
import { type Publication, publicationSchema } from './publication.ts';

export const pauseSchema = z.object({
  /** Who wanted it, and why. Nobody has verified `by`, unless `verified` says so. */
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
  at: z.string(),
  /** Whether runs that are under way begin no new step until it ends. */
  hold: z.boolean(),
});
export type Pause = z.infer<typeof pauseSchema>;

/** What a catalogue entry is told: it is paused now, or, with null, no longer; and who wants that. */
export const pauseChangeSchema = z.object({
  paused: pauseSchema.nullable(),
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
});
export type PauseChange = z.infer<typeof pauseChangeSchema>;

export const runPauseSignalSchema = z.object({
  held: z.boolean(),
  by: z.string().nullable(),
  verified: verifiedField,
  reason: z.string().nullable(),
});

/** What a run is told: whether it is held, and who wants that. */
export type RunPauseSignal = z.infer<typeof runPauseSignalSchema>;

/** For the activity `gk-hold-runs`: tells the goal's open runs whether they are held; those that began since then, in milliseconds, or all. */
export interface PauseRunsRequest extends RunPauseSignal {
  goal: string;
  since: number | null;
}

/** What is known of a goal: what its workers publish, and whether it is paused. */
export type PublishedGoal = Publication & { paused: Pause | null };

/** Read from the memo of a catalogue entry; null where it holds no publication that this code can read. */
export function publishedGoal(memo: Record<string, unknown> | undefined): PublishedGoal | null {
  const publication = publicationSchema.safeParse(memo?.[memoNames.publication]);
  if (!publication.success) return null;
  return { ...publication.data, paused: pauseSchema.safeParse(memo?.[memoNames.paused]).data ?? null };
}
