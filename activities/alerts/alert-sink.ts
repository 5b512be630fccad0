// Where alerts are delivered: the interface of a kind of sink. Each kind is a file in alert-sink/, and a line in sinks.ts.

import { z } from 'zod';
import type { Delivery } from '../../goals/wire/alerts.ts';
import { holdsCredentials } from '../../process/credentials.ts';

/** What every sink is given, whatever its kind. */
export interface SinkSettings {
  /** By which histories know it. */
  name: string;
  kind: string;
  url: string;
}

export interface AlertSink<S extends SinkSettings = SinkSettings> {
  readonly kind: S['kind'];
  /** Of its settings: `name`, `kind` and `url`, and whatever it needs beside them. */
  readonly schema: z.ZodType<S>;
  /** The body of a message as JSON; `base` is where the gateway is, for links. */
  body(delivery: Delivery, base: string): string;
  /** Headers beside those of every message, such as its signature. */
  headers(settings: S, delivery: Delivery, body: string): Record<string, string>;
  /** What of its settings must never be shown; its address is known to be one. */
  secrets(settings: S): readonly string[];
  /**
   * Its settings from variables of its own, where it has some; null when they are not set.
   *
   * @throws {StartProblem} in the names of the variables, as whoever set them knows no sink by name.
   */
  ofVariables?(environment: NodeJS.ProcessEnv): S | null;
}

export const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be kebab-case, at most 40 characters');

export const httpUrlSchema = z
  .string()
  .refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
    error: 'is not an http or https URL',
  });

const UNSENDABLE = 'holds a user or password, with which nothing can be sent';

export const sinkUrlSchema = httpUrlSchema.refine((url) => !holdsCredentials(url), {
  error: `${UNSENDABLE}; put a token into its path`,
});

/** What is wrong with the address in this variable, without showing it; null when nothing is. */
export function problemOfUrl(variable: string, url: string): string | null {
  if (holdsCredentials(url)) return `${variable} ${UNSENDABLE}`;
  return httpUrlSchema.safeParse(url).success ? null : `${variable} is not an http or https URL`;
}
