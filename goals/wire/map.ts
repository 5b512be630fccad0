// A map is one step of a run, and each of its items is tried like a step of its own, whose path is `map#1/load#17`: the
// seventeenth item, of the job `load`.

import { z } from 'zod';
import { failureSchema } from './failure.ts';
import { ledgerSchema } from './ledger.ts';
import { inputDigest } from './run-id.ts';

/** With what the paths of a map's items begin, before `#n`. */
export const itemsPrefix = (map: string, job: string): string => `${map}/${job}`;

const ITEM = /^([^/]+)\/(.+)#(\d+)$/;

/** The map that a path is an item of, and which one; null of what is no item. */
export function itemOf(path: string): { map: string; job: string; n: number } | null {
  const [, map, job, n] = ITEM.exec(path) ?? [];
  return map === undefined || job === undefined ? null : { map, job, n: Number(n) };
}

/** So many lost items of a map are told by a run's view. */
export const LOST_ITEMS_SHOWN = 50;

export const lostItemSchema = z.object({
  path: z.string(),
  code: z.string(),
  message: z.string(),
  /** Of a map over a goal: the run that was not achieved. */
  run: z.string().optional(),
});

/** Where a map's items begin, before `#n`, and its items from the first to the last of a shard: no item, and no step. */
export const shardPath = (prefix: string, first: number, last: number): string =>
  `${prefix}:${first}..${last}`;

/** The map and job of such a path; null for any other. */
export function shardOf(path: string): { map: string; job: string } | null {
  const [, map, job] = /^([^/]+)\/([^:]+):\d+\.\.\d+$/.exec(path) ?? [];
  return map === undefined || job === undefined ? null : { map, job };
}

/** As what a shard's result is kept, for a run that goes on. */
export const shardJob = (job: string): string => `map of ${job}`;

/** By which a run that goes on knows a shard again. */
export const shardDigest = (items: Ranges, inputs: readonly unknown[]): string =>
  inputDigest([items, inputs]);

/** How many lost items a goal copes with. */
export const toleranceSchema = z.union([
  z.strictObject({ count: z.int().nonnegative() }),
  z.strictObject({ share: z.number().min(0).max(1) }),
  z.strictObject({ codes: z.array(z.string()) }),
]);

/** The numbers of some items, from 1: from the first to the last of each range. */
export const rangesSchema = z.array(z.tuple([z.int(), z.int()]));
export type Ranges = z.infer<typeof rangesSchema>;

export const shardTermsSchema = z.object({
  run: z.string(),
  goal: z.string(),
  job: z.string(),
  /** Path of the map's step. */
  step: z.string(),
  total: z.int(),
  items: rangesSchema,
  /** Of these items, in order. */
  inputs: z.array(z.unknown()),
  atOnce: z.int(),
  /** When the run's deadline is, in milliseconds since 1970. */
  deadline: z.number().nullable(),
  tolerate: toleranceSchema.nullable(),
  /** When the map began, in milliseconds since 1970: the older it is, the rarer its shards tell how they stand. */
  since: z.number().optional(),
  /** Bytes of JSON of its outputs from which on it begins no more items, and of the errors that it tells. */
  mostOutputBytes: z.number().optional(),
  mostToldBytes: z.number().optional(),
});
export type ShardTerms = z.infer<typeof shardTermsSchema>;

export const shardResultSchema = z.object({
  /** In the order of the items; null for one that is among the missing. */
  outputs: z.array(z.unknown()),
  /** Places of those that have not succeeded, and of those among them that have failed for good. */
  missing: z.array(z.int()),
  lost: z.array(z.object({ i: z.int(), failure: failureSchema })),
  /**
   * How it ended: all items have; one was lost that was one too many; the run no longer needs it; or it holds as many
   * outputs as it may, and another is to go on with what is neither done nor lost (`part`).
   */
  end: z.enum(['all', 'stopped', 'cancelled', 'part']),
  /** Bytes of JSON of its outputs, and of the errors that it told, for the history that it goes on in. */
  outputBytes: z.number().optional(),
  toldBytes: z.number().optional(),
});
export type ShardResult = z.infer<typeof shardResultSchema>;

/** What is kept of a shard's result, for a run that goes on. */
export const keptShardSchema = shardResultSchema
  .pick({ outputs: true, missing: true })
  .extend({ items: rangesSchema });

/** How a shard stands: its run is told now and then, and at the end. */
export const shardReportSchema = z.object({
  step: z.string(),
  job: z.string(),
  shard: z.int(),
  done: z.int(),
  retrying: z.int(),
  lost: z.int(),
  /** The first items that had errors, with these: those of which something is new. */
  troubled: z.array(
    z.object({ path: z.string(), state: z.enum(['running', 'succeeded', 'failed']), ledger: ledgerSchema }),
  ),
});
export type ShardReport = z.infer<typeof shardReportSchema>;

/** The errors of a shard's items that failed and go on alone, by path; null of those that there is no room for. */
export const failingItemsSchema = z.record(z.string(), ledgerSchema.nullable());
export type FailingItems = z.infer<typeof failingItemsSchema>;

export const numberOfItems = (ranges: Ranges): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

export const numbersIn = (ranges: Ranges): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));

/** As few ranges as hold the numbers, which ascend. */
export function rangesOf(numbers: readonly number[]): Ranges {
  const ranges: Ranges = [];
  for (const n of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges;
}

/** What a run writes into its history of a map. */
export const mapNoteSchema = z.object({
  step: z.string(),
  job: z.string(),
  total: z.int(),
  /** Items whose results a run that goes on took from shards of the one before. */
  kept: z.int().optional(),
  /** Of one that has ended with items lost: how many, whether the goal went on with the others, and the first of them. */
  end: z.object({ lost: z.int(), tolerated: z.boolean(), items: z.array(lostItemSchema) }).optional(),
});
export type MapNote = z.infer<typeof mapNoteSchema>;

export const mapProgressSchema = z.object({
  /** Null where the history does not tell. */
  total: z.int().nullable(),
  done: z.int(),
  /** Have failed, and are tried again. */
  retrying: z.int(),
  /** Have failed for good. */
  lost: z.int(),
  /** Items done a second, from the beginning to now or to the end; null as long as none is done. What was kept is not counted. */
  rate: z.number().nullable(),
  /** When all are done, should it go on like that; null when it has ended, or nothing tells. */
  estimatedEnd: z.string().nullable(),
  /** The first items that were lost: at most LOST_ITEMS_SHOWN. */
  lostItems: z.array(lostItemSchema),
});
export type MapProgress = z.infer<typeof mapProgressSchema>;

export const mapPartSchema = z.object({
  /** Its first and last item, from 1; null where the history does not tell which they are. */
  from: z.int().nullable(),
  to: z.int().nullable(),
  /** How many items it has: fewer than from the first to the last where others have some of them. */
  items: z.int().nullable(),
  done: z.int(),
  retrying: z.int(),
  lost: z.int(),
});

/** Some neighbouring items of a map, and how they stand. */
export type ItemsPart = z.infer<typeof mapPartSchema>;

export const mapDetailsSchema = mapProgressSchema.omit({ lostItems: true }).extend({
  step: z.string(),
  /** Of those that are done, how many an execution before had done: they are in no part. */
  kept: z.int(),
  /** From the first items to the last, up to 200. */
  parts: z.array(mapPartSchema),
  /** Items that were lost, a page of them, from the first on. */
  items: z.array(lostItemSchema),
  /** What to give as `cursor` for the next page of lost items; null when this is the last. */
  next: z.string().nullable(),
  /** Lost items that the history counts, and does not name. */
  unnamed: z.int(),
});

/** A map in parts, with the items that were lost. */
export type MapDetails = z.infer<typeof mapDetailsSchema>;
