// A map is one step of a run, and each of its items is tried like a step of its own, whose path is `map#1/load#17`: the
// seventeenth item, of the job `load`.

import { z } from 'zod';

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

const lostSchema = z.object({ path: z.string(), code: z.string(), message: z.string() });

/** What a run writes into its history of a map. */
export const mapNoteSchema = z.object({
  step: z.string(),
  job: z.string(),
  total: z.int(),
  /** Of one that has ended with items lost: how many, whether the goal went on with the others, and the first of them. */
  end: z.object({ lost: z.int(), tolerated: z.boolean(), items: z.array(lostSchema) }).optional(),
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
  /** Items done a second, from the beginning to now or to the end; null as long as none is done. */
  rate: z.number().nullable(),
  /** When all are done, should it go on like that; null when it has ended, or nothing tells. */
  estimatedEnd: z.string().nullable(),
  /** The first items that were lost: at most LOST_ITEMS_SHOWN. */
  lostItems: z.array(lostSchema),
});
export type MapProgress = z.infer<typeof mapProgressSchema>;
