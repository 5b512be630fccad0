// What an attempt wrote last before it failed: structured lines in its ledger entry, by a budget of their own, so that lines
// never push an attempt out of the ledger.

import { z } from 'zod';
import { boundedText } from './text/bounded-text.ts';
import { utf8Bytes } from './text/utf8-bytes.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logLineSchema = z.object({
  /** When the worker heard it (ISO 8601). */
  at: z.string(),
  level: z.enum(logLevels).optional(),
  text: z.string(),
});

/** One line that an attempt wrote, without secrets. */
export type LogLine = z.infer<typeof logLineSchema>;

export const attemptLinesSchema = z.object({
  /** The newest, in order. */
  lines: z.array(logLineSchema),
  /** How many lines before them are not kept. */
  dropped: z.int(),
});
export type AttemptLines = z.infer<typeof attemptLinesSchema>;

/** JSON of the lines of the newest entry of a ledger, and of each entry before it. */
export const NEWEST_LINES_BYTES = 4 * 1024;
export const EARLIER_LINES_BYTES = 288;
/** JSON of all lines of a ledger: of its newest entry and of seven before it. */
export const LINES_BYTES = NEWEST_LINES_BYTES + 7 * EARLIER_LINES_BYTES;

/** Characters of one line. */
export const LINE_LIMIT = 500;
/** The field's name, its brackets and its count. */
const AROUND_BYTES = 48;

/** The newest lines whose JSON has at most `bytes`; the others are counted. */
export function boundedLines({ lines, dropped }: AttemptLines, bytes: number): AttemptLines {
  const kept: LogLine[] = [];
  let left = bytes - AROUND_BYTES;
  for (const line of lines.toReversed()) {
    const fitting = fittingLine(line, left, kept.length === 0);
    if (fitting === null) break;
    left -= bytesOf(fitting);
    kept.push(fitting);
  }
  return { lines: kept.reverse(), dropped: dropped + lines.length - kept.length };
}

/** With its comma. */
const bytesOf = (line: LogLine): number => utf8Bytes(JSON.stringify(line)) + 1;

/** The last line is cut rather than left out. */
function fittingLine(line: LogLine, bytes: number, isNewest: boolean): LogLine | null {
  for (let limit = LINE_LIMIT; limit >= 10; limit = Math.floor(limit / 2)) {
    const shorter = { ...line, text: boundedText(line.text, limit) };
    if (bytesOf(shorter) <= bytes) return shorter;
    if (!isNewest) return null;
  }
  return null;
}
