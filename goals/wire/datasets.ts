// Datasets as data: what runs produced and used of them, and the book of a partition, which a workflow keeps.
//
// datasets.1. A version is in its partition's book before its run closes, and once, however often it is reported.
// datasets.2. A book is bounded, however much is made and used: Temporal takes no argument of more than two megabytes.

import { z } from 'zod';

export const partitionSchema = z.record(z.string(), z.union([z.string(), z.number()]));

/** A part of a dataset: a value for each name of the dataset's `partition`. */
export type PartitionValues = z.infer<typeof partitionSchema>;

export const publishedDatasetSchema = z.object({
  name: z.string(),
  team: z.string(),
  description: z.string(),
  partition: z.array(z.string()),
  /** JSON Schema of one row. Left out where none is declared, and where the publication would be too large. */
  schema: z.record(z.string(), z.unknown()).optional(),
  /** Teams that may use it, beside its own. Left out where there are none. */
  usableBy: z.union([z.literal('all'), z.array(z.string())]).optional(),
});

/** A dataset's declaration, as each goal publishes it that produces or uses it. */
export type PublishedDataset = z.infer<typeof publishedDatasetSchema>;

/** How a version is described, by whoever produced it. */
const describedSchema = z.object({
  rows: z.number().optional(),
  bytes: z.number().optional(),
  digest: z.string().optional(),
  version: z.string().optional(),
  where: z.string().optional(),
});

export const producedSchema = describedSchema.extend({
  dataset: z.string(),
  team: z.string(),
  partition: partitionSchema,
  /** The partition as IDs and addresses have it. */
  key: z.string(),
});

/** What a run produced. It counts once the run is achieved. */
export type Produced = z.infer<typeof producedSchema>;

const ofRunSchema = z.object({ goal: z.string(), run: z.string(), execution: z.string() });

/** An execution of a run, and its goal. */
export type ExecutionOfGoal = z.infer<typeof ofRunSchema>;

export const usedSchema = producedSchema.extend({
  /** The execution that made it, and when that was achieved. */
  by: ofRunSchema,
  at: z.string(),
});

/** What a run used: a partition, as one execution of a run made it. */
export type Used = z.infer<typeof usedSchema>;

const useSchema = ofRunSchema.extend({ at: z.string() });

export const versionSchema = producedSchema.extend({
  by: ofRunSchema,
  at: z.string(),
  /** The executions that used it, the latest last, up to USES_LIMIT, and BOOK_USES_LIMIT in all of a book. */
  uses: z.array(useSchema),
  /** How many more did, of which the book no longer knows. */
  forgotten: z.int().optional(),
});

/** What one run made of a partition, and who used it. */
export type PartitionVersion = z.infer<typeof versionSchema>;

export const bookSchema = z.object({
  /** The latest last, up to VERSIONS_LIMIT. */
  versions: z.array(versionSchema),
});

/** What a book's workflow carries: the latest versions of a partition, or of all partitions of a dataset. */
export type DatasetBook = z.infer<typeof bookSchema>;

/** Versions that a book keeps. */
export const VERSIONS_LIMIT = 20;

/** Uses of a version that a partition's book keeps. */
export const USES_LIMIT = 500;

/** Uses of all versions that a book keeps: those of older versions go first. */
export const BOOK_USES_LIMIT = 1_500;

/** What one run may produce. */
export const PRODUCED_LIMIT = 1_000;

export const madeSchema = versionSchema.omit({ uses: true, forgotten: true });

/** What a book is told: a version was made. */
export type Made = z.infer<typeof madeSchema>;

export const takenSchema = z.object({ maker: z.string(), use: useSchema });

/** What a partition's book is told: an execution uses the version that another made. */
export type TakenUse = z.infer<typeof takenSchema>;

export const forgottenSchema = z.object({ executions: z.array(z.string()) });

/** What a book is told: executions were deleted, and it shall name them no more. */
export type ForgottenExecutions = z.infer<typeof forgottenSchema>;

export const emptyBook = (): DatasetBook => ({ versions: [] });

/** The book with one version more. datasets.1: what it has of the same execution and partition, it has already. */
export function withMade(book: DatasetBook, made: Made): DatasetBook {
  const isSame = (one: PartitionVersion): boolean =>
    one.by.execution === made.by.execution && one.key === made.key;
  if (book.versions.some(isSame)) return book;
  return { versions: [...book.versions, { ...made, uses: [] }].slice(-VERSIONS_LIMIT) };
}

/** The book in which a version is used once more; the same, where it knows of that already. */
export function withUse(book: DatasetBook, { maker, use }: TakenUse): DatasetBook {
  return bounded(
    book.versions.map((version) => {
      const { uses, by } = version;
      if (by.execution !== maker || uses.some(({ execution }) => execution === use.execution)) return version;
      const forgotten = (version.forgotten ?? 0) + Math.max(0, uses.length + 1 - USES_LIMIT);
      return {
        ...version,
        uses: [...uses, use].slice(-USES_LIMIT),
        ...(forgotten === 0 ? {} : { forgotten }),
      };
    }),
  );
}

/** datasets.2: from the latest version back, as long as there is room. */
function bounded(versions: readonly PartitionVersion[]): DatasetBook {
  let room = BOOK_USES_LIMIT;
  return {
    versions: [...versions]
      .reverse()
      .map((version) => {
        const { uses, forgotten = 0 } = version;
        const cut = Math.max(0, uses.length - room);
        room -= uses.length - cut;
        return cut === 0 ? version : { ...version, uses: uses.slice(cut), forgotten: forgotten + cut };
      })
      .reverse(),
  };
}

/** The book without these executions: neither what they made nor that they used something. */
export function withoutExecutions(
  { versions }: DatasetBook,
  { executions }: ForgottenExecutions,
): DatasetBook {
  const gone = new Set(executions);
  return {
    versions: versions
      .filter(({ by }) => !gone.has(by.execution))
      .map((version) => ({ ...version, uses: version.uses.filter(({ execution }) => !gone.has(execution)) })),
  };
}

export const latestSchema = madeSchema.extend({ users: z.int(), versions: z.int() });

/** What a book shows in its memo: its latest version, how many executions used that, and how many versions it knows. */
export type LatestVersion = z.infer<typeof latestSchema>;

export function latestOf({ versions }: DatasetBook): LatestVersion | null {
  const last = versions.at(-1);
  if (last === undefined) return null;
  const { uses, forgotten = 0, ...made } = last;
  return { ...made, users: uses.length + forgotten, versions: versions.length };
}

/** What `gk-use-partition` is asked. */
export interface SoughtPartition {
  dataset: string;
  /** The team that the dataset is declared to be of. */
  team: string;
  partition: PartitionValues;
  key: string;
  /** Who uses it. */
  user: ExecutionOfGoal & { team: string };
}

/** What it answers, and what stands in the history of the run: the version, or why there is none. */
export type FoundPartition =
  | { used: Used }
  | { missing: { why: 'not-produced' | 'not-open'; message: string } };

/** A partition as people read it: `day=2026-11-20, shop=berlin`; `all` where the dataset has no parts. */
export const shownPartition = (partition: PartitionValues): string =>
  Object.entries(partition)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ') || 'all';
