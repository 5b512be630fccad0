// Goal to goal: what is known of the outcomes that others listen to, and how far they have been heard.

import { z } from 'zod';
import { lightPositionSchema } from './light-position.ts';
import { valueAt } from './run-id.ts';

export const listeningPositionSchema = z.object({
  /** What ended before was not listened to (ms since 1970, by Temporal's clock, as the others). */
  since: z.number(),
  /** When the last execution ended that is done with. */
  watermark: z.number(),
  /** Outcomes around the watermark that are done with: visibility may tell of others late. */
  recent: z.array(z.string()),
  /** Since when each listens of those that do now: what ended before is not for them. Older workers do not tell. */
  listeners: z.record(z.string(), z.number()).optional(),
  /** The same of light runs. Older workers do not tell. */
  light: lightPositionSchema.optional(),
});

/** How far outcomes have been heard. Carried in heartbeats, and from one shift of listening to the next. */
export type ListeningPosition = z.infer<typeof listeningPositionSchema>;

/** What paths of a listener lead into. */
export interface EndedRun {
  goal: string;
  run: string;
  key: string;
  input: unknown;
  output: unknown;
  failure: unknown;
}

/** The input that a listener makes of an outcome; what is not there is left out. */
export const listenerInput = (
  outcome: object,
  paths: Readonly<Record<string, string>>,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(paths).flatMap(([field, path]) => {
      const found = valueAt(outcome, path);
      return found === undefined || found === null ? [] : [[field, found]];
    }),
  );
