// How the key of a scheduled run follows from its time, as data: a gateway, which runs no team's code, tells by it which keys a schedule
// makes.

import { z } from 'zod';
import { type ExpectedKey, inputOfKey, type KeyValue } from './expected-keys.ts';
import { periodAt, periods, textOfPeriod } from './periods.ts';
import { runKey } from './run-id.ts';

export const timedPartSchema = z.union([
  /** The same at each time. */
  z.object({ path: z.string(), value: z.union([z.string(), z.number()]) }),
  /** The period of the time by the clocks of a zone, moved by so many periods: -1 is the one before. */
  z.object({ path: z.string(), every: z.enum(periods), timezone: z.string(), plus: z.int() }),
  /** The time itself, moved by so many milliseconds, as `toISOString` writes it. */
  z.object({ path: z.string(), plusMs: z.int() }),
]);

/** What stands at a path of the key of a scheduled run. */
export type TimedPart = z.infer<typeof timedPartSchema>;

/** What a part is at a time, in milliseconds since 1970. Throws a RangeError for a zone that is not known. */
export function partAt(part: TimedPart, at: number): KeyValue {
  if ('value' in part) return part.value;
  if ('every' in part) return textOfPeriod(part.every, periodAt(part.every, at, part.timezone) + part.plus);
  return new Date(at + part.plusMs).toISOString();
}

/** The key at a time. Throws a RangeError for a zone that is not known. */
export function keyAt(parts: readonly TimedPart[], at: number): ExpectedKey {
  const paths = parts.map(({ path }) => path);
  const values = parts.map((part) => partAt(part, at));
  return { key: runKey(inputOfKey(paths, values), paths).id, values };
}
