// Goal to goal: what is known of the outcomes that others listen to, and how far they have been heard.

import { z } from 'zod';
import { valueAt } from './run-id.ts';

export const hearingSchema = z.object({
  /** What ended before was not listened to (ms since 1970, by Temporal's clock, as the others). */
  since: z.number(),
  /** When the last execution ended that is done with. */
  watermark: z.number(),
  /** Outcomes around the watermark that are done with: visibility may tell of others late. */
  recent: z.array(z.string()),
  /** Since when each listens of those that do now: what ended before is not for them. Older workers do not tell. */
  listeners: z.record(z.string(), z.number()).optional(),
});

/** How far outcomes have been heard. Carried in heartbeats, and from one shift of listening to the next. */
export type Hearing = z.infer<typeof hearingSchema>;

/** What paths of a listener lead into. */
export interface Outcome {
  goal: string;
  run: string;
  key: string;
  input: unknown;
  output: unknown;
  failure: unknown;
}

/** The input that a listener makes of an outcome; what is not there is left out. */
export const heardInput = (
  outcome: Outcome,
  paths: Readonly<Record<string, string>>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(paths).flatMap(([field, path]) => {
      const found = valueAt(outcome, path);
      return found === undefined || found === null ? [] : [[field, found]];
    }),
  );
