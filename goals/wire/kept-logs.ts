// Whole logs of attempts, as far as they are kept: in chunks of lines, whose names say when each was written and of which
// attempt it is.

import { z } from 'zod';
import { logLineSchema } from './attempt-lines.ts';
import { sha256 } from './text/sha256.ts';

export const keptLineSchema = logLineSchema.extend({ step: z.string(), attempt: z.int() });

/** A line of a run's log, and which attempt wrote it. */
export type KeptLine = z.infer<typeof keptLineSchema>;

export const runLogsSchema = z.object({
  /** Whether whole logs are kept where the gateway looks for them. */
  kept: z.boolean(),
  /** In the order in which workers wrote them. */
  items: z.array(keptLineSchema),
  /** `cursor` of the page after; null where there is none by now. */
  next: z.string().nullable(),
  /** `cursor` of lines that are written from now on. */
  after: z.string().nullable(),
  /** Where the team's own system has the log; null where the gateway is told of none. */
  link: z.string().nullable(),
  /** The caller may not see values of this run, of which its lines may have some. */
  hidden: z.literal(true).optional(),
});

/** A page of a run's log. */
export type RunLogs = z.infer<typeof runLogsSchema>;

/** Which attempts are meant. */
export interface WhichAttempts {
  step?: string | undefined;
  attempt?: number | undefined;
}

const CHUNK = /^([0-9a-z]{9})-([0-9a-f]{16})-(\d{1,9})-[0-9a-f]{8}$/;

export const isChunkName = (name: string): boolean => CHUNK.test(name);

const stepMark = (step: string): string => sha256(step).slice(0, 16);

/** A name that sorts by when it was written; `random` are eight hexadecimal digits. */
export const chunkName = (writtenMs: number, step: string, attempt: number, random: string): string =>
  `${writtenMs.toString(36).padStart(9, '0')}-${stepMark(step)}-${attempt}-${random}`;

/** When a chunk was written. */
export const writtenAt = (name: string): number => Number.parseInt(CHUNK.exec(name)?.[1] ?? '0', 36);

/** Whether a chunk may have lines of these attempts. */
export function isOfAttempts(name: string, { step, attempt }: WhichAttempts): boolean {
  const [, , mark, n] = CHUNK.exec(name) ?? [];
  return (step === undefined || mark === stepMark(step)) && (attempt === undefined || Number(n) === attempt);
}
