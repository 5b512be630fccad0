// The keys that a goal's declaration expects, as data. They are counted and listed by arithmetic, so a range may have any length.

import { z } from 'zod';
import { lastPeriodOver, periodOf, periods, textOfPeriod } from './periods.ts';
import { inputPath, runKey } from './run-id.ts';

/** What stands in the input at a path of the key. */
export type KeyValue = string | number;

export const expectedPartSchema = z.union([
  z.object({ path: z.string(), values: z.array(z.union([z.string(), z.number()])) }),
  z.object({
    path: z.string(),
    every: z.enum(periods),
    from: z.string(),
    /** Null: up to the last that is over. */
    to: z.string().nullable(),
    timezone: z.string(),
    /** So long after its end a period is expected, in milliseconds. */
    afterMs: z.number(),
  }),
]);

/** What one part of a goal's key may be, in the order of the key. */
export type ExpectedPart = z.infer<typeof expectedPartSchema>;

/** A range of one part of the key, both ends included. */
export interface PartRange {
  part: string;
  from?: string | undefined;
  to?: string | undefined;
}

export interface ExpectedKey {
  /** As the run's ID has it. */
  key: string;
  values: readonly KeyValue[];
  /** The scheduled time that makes it, where one does. */
  at?: string;
  /** Its schedule was paused then. */
  paused?: true;
}

/** Keys in order: the latest period first, lists as they are declared, the last part changing fastest. */
export interface ExpectedKeys {
  total: number;
  at(n: number): ExpectedKey;
}

interface PartValues {
  length: number;
  at(n: number): KeyValue;
}

/** The keys that are expected at a time. */
export function expectedKeys(
  parts: readonly ExpectedPart[],
  now: Date,
  ranges: readonly PartRange[] = [],
): ExpectedKeys {
  const paths = parts.map(({ path }) => path);
  const all = parts.map((part) =>
    valuesOf(
      part,
      now,
      ranges.filter((range) => range.part === part.path),
    ),
  );
  const total = all.reduce((product, { length }) => product * length, 1);
  return {
    total,
    at(n) {
      const values: KeyValue[] = [];
      let rest = n;
      for (const { length, at } of [...all].reverse()) {
        values.unshift(at(rest % length));
        rest = Math.floor(rest / length);
      }
      return { key: runKey(inputOfKey(paths, values), paths).id, values };
    },
  };
}

function valuesOf(part: ExpectedPart, now: Date, ranges: readonly PartRange[]): PartValues {
  if ('values' in part) {
    const values = part.values.filter((one) => ranges.every((range) => isWithin(String(one), range)));
    return { length: values.length, at: (n) => values[n] as KeyValue };
  }
  const { every, timezone, afterMs } = part;
  const numbers = (texts: readonly (string | null | undefined)[]): number[] =>
    texts.flatMap((text) => (text == null ? [] : (periodOf(every, text) ?? [])));
  const first = Math.max(...numbers([part.from, ...ranges.map(({ from }) => from)]));
  const last = Math.min(
    part.to === null ? lastPeriodOver(every, now.getTime() - afterMs, timezone) : Infinity,
    ...numbers([part.to, ...ranges.map(({ to }) => to)]),
  );
  return { length: Math.max(0, last - first + 1), at: (n) => textOfPeriod(every, last - n) };
}

/** Whether a part of a key is in the range, in the order of texts. */
export const isWithin = (text: string, { from, to }: Pick<PartRange, 'from' | 'to'>): boolean =>
  (from === undefined || text >= from) && (to === undefined || text <= to);

/** An input with these values at the paths of the key, beside what `rest` has. */
export function inputOfKey(
  paths: readonly string[],
  values: readonly KeyValue[],
  rest: unknown = {},
): unknown {
  const input = JSON.parse(JSON.stringify(rest)) as Record<string, unknown>;
  for (const [i, path] of paths.entries()) {
    const names = inputPath(path).split('.');
    let at = input;
    for (const name of names.slice(0, -1)) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[names.at(-1) as string] = values[i];
  }
  return input;
}

/** The parts of a key as its ID has them, by the paths of the goal's key; null where the ID has a digest instead. */
export function partsOfKey(paths: readonly string[], key: string): Record<string, KeyValue> | null {
  const parts = key.split('~');
  if (parts.length !== paths.length || parts.includes('')) return null;
  return Object.fromEntries(paths.map((path, i) => [inputPath(path), parts[i] as string]));
}
