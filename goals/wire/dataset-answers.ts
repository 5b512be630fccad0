// The shapes of what the gateway answers of datasets and lineage.

import { z } from 'zod';
import { latestSchema, partitionSchema, publishedDatasetSchema, versionSchema } from './datasets.ts';
import { runMarks } from './retraction.ts';
import { outcomes } from './run-view.ts';

/** What the run that made it is marked as; absent where it is not. */
const marks = z.array(z.enum(runMarks)).optional();
const shownLatestSchema = latestSchema.extend({ marks });

export const datasetSummarySchema = publishedDatasetSchema.extend({
  /** Goals that produce it, and that use it. */
  producers: z.array(z.string()),
  users: z.array(z.string()),
  /** The version of any partition that was made last; null where there is none. */
  latest: shownLatestSchema.nullable(),
});
export type DatasetSummary = z.infer<typeof datasetSummarySchema>;

export const datasetListSchema = z.object({
  items: z.array(datasetSummarySchema),
  next: z.null(),
});

export const partitionItemSchema = z.object({
  key: z.string(),
  /** Null where the dataset's book shows only the ID. */
  partition: partitionSchema.nullable(),
  /** `missing`: it is expected, as a goal that produces it declares its keys, and nobody has produced it. */
  state: z.enum(['made', 'missing']),
  latest: shownLatestSchema.nullable(),
  /** Of what is missing: the run that would produce it. */
  run: z.string().optional(),
});
export type PartitionItem = z.infer<typeof partitionItemSchema>;

export const datasetPageSchema = z.object({
  dataset: datasetSummarySchema,
  /** `expected`: the partitions that follow from the keys of a goal, with gaps; `found`: those that were made. */
  of: z.enum(['expected', 'found']),
  items: z.array(partitionItemSchema),
  next: z.string().nullable(),
  /** The goal whose keys are the expected partitions, and how many there are in the range; null where there is none. */
  expected: z.object({ goal: z.string(), total: z.int() }).nullable(),
  /**
   * What `POST /backfills` takes to pursue those of this page that are missing, or with `fill=all` those of the range; null where none is.
   * `more`: the range has more than one backfill takes, or than one answer looks at. Ask once more after it.
   */
  fill: z
    .object({ goal: z.string(), keys: z.array(z.string()), more: z.literal(true).optional() })
    .nullable(),
});
export type DatasetPage = z.infer<typeof datasetPageSchema>;

export const partitionViewSchema = z.object({
  dataset: z.string(),
  key: z.string(),
  partition: partitionSchema,
  /** The latest first, with the executions that used each. */
  versions: z.array(versionSchema.extend({ marks })),
});
export type PartitionView = z.infer<typeof partitionViewSchema>;

export const lineageWays = ['needs', 'uses', 'produces', 'starts'] as const;

export const lineageNodeSchema = z.object({
  /** Unique in the answer: what edges name. */
  id: z.string(),
  kind: z.enum(['run', 'partition', 'goal', 'dataset']),
  name: z.string(),
  /** Of a run: its execution and its outcome; null while it is open. */
  execution: z.string().optional(),
  outcome: z.enum(outcomes).nullable().optional(),
  /** Of a partition: the dataset and its key there. */
  dataset: z.string().optional(),
  key: z.string().optional(),
  /** How far it is from what was asked for: negative is up, to what it rests on. */
  depth: z.int(),
});
export type LineageNode = z.infer<typeof lineageNodeSchema>;

export const lineageSchema = z.object({
  root: z.string(),
  nodes: z.array(lineageNodeSchema),
  /** `from` comes first, and `to` rests on it. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), way: z.enum(lineageWays) })),
  /** There is more than the depth and the number of nodes allow, or than could be read in time. */
  truncated: z.boolean(),
});
export type Lineage = z.infer<typeof lineageSchema>;
