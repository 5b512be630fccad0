// What the gateway, the workflow of a deletion and its activities say to each other.

import { z } from 'zod';

const workflowSchema = z.object({ id: z.string(), type: z.string(), execution: z.string() });

export const deletionTermsSchema = z.object({
  runs: z.array(
    z.object({
      run: z.string(),
      goal: z.string(),
      team: z.string().nullable(),
      /** Where its workers are, which have its storage. */
      taskQueue: z.string(),
      /** Every execution of it, of its shards and of its leases. */
      workflows: z.array(workflowSchema),
      /** The books of datasets that name it, by their workflow IDs; absent where there are none. */
      books: z.array(z.string()).optional(),
    }),
  ),
  /** Workflow ID of the alerts workflow. */
  alerts: z.string(),
  /** The queues of those workers that have a sink of records. */
  sinks: z.array(z.string()),
});

/** What a deletion is started with: all that it is about. */
export type DeletionTerms = z.infer<typeof deletionTermsSchema>;
export type DoomedRun = DeletionTerms['runs'][number];
export type DoomedWorkflow = z.infer<typeof workflowSchema>;

/** What a place has forgotten. */
export interface Forgotten {
  deleted: number;
  /** What it refuses to forget, and why. */
  refused?: string;
}

export const deletionMemoSchema = z.object({
  /** Of the runs. */
  teams: z.array(z.string().nullable()),
  /** Places that no worker has come to yet. */
  waiting: z.array(z.string()),
  unreached: z.array(z.object({ place: z.string(), why: z.string() })),
  /** How much was deleted, by place. */
  deleted: z.record(z.string(), z.int()),
});

/** How a deletion stands: its memo, which the gateway reads with no worker up. */
export type DeletionMemo = z.infer<typeof deletionMemoSchema>;

/** The place of the books of datasets. */
export const BOOKS = 'datasets';

export const booksOf = ({ runs }: Pick<DeletionTerms, 'runs'>): string[] => [
  ...new Set(runs.flatMap(({ books = [] }) => books)),
];

/** The places where a deletion has something to do: Temporal itself, the alerts, the books of datasets, the storage of each queue, each sink. */
export const placesOf = ({ runs, sinks }: DeletionTerms): { queue: string | null; place: string }[] => [
  { place: 'alerts', queue: null },
  ...(booksOf({ runs }).length === 0 ? [] : [{ place: BOOKS, queue: null }]),
  ...[...new Set(runs.map(({ taskQueue }) => taskQueue))].map((queue) => ({
    place: `storage of ${queue}`,
    queue,
  })),
  ...sinks.map((queue) => ({ place: queue, queue })),
];

/** Comes before all other places: a sink must not be filled again with what it has just lost. */
export const HISTORIES = 'histories';

export const begunDeletion = (terms: DeletionTerms): DeletionMemo => ({
  teams: [...new Set(terms.runs.map(({ team }) => team))],
  waiting: [HISTORIES, ...placesOf(terms).map(({ place }) => place)],
  unreached: [],
  deleted: {},
});

export const deletionSchema = z.object({
  /** The runs that are meant. */
  runs: z.array(z.string()),
  /** Of all of them, what this answer has deleted from Temporal: nothing, where an earlier one did. */
  deleted: z.object({ executions: z.int(), shards: z.int(), leases: z.int(), requests: z.int() }),
  /** Whether nothing is left that goalkeeper knows of. */
  complete: z.boolean(),
  /** Where workers have yet to forget it: Temporal keeps that they must. */
  waiting: z.array(z.string()),
  /** What could not be reached, and why. */
  unreached: z.array(z.object({ place: z.string(), why: z.string() })),
  /** How much workers have deleted, by place. */
  places: z.record(z.string(), z.int()),
  /** What triggered the runs, by its kind and ID: it may hold a copy of their input. */
  elsewhere: z.array(z.object({ kind: z.string(), ref: z.string() })),
  /** What a start for the same key does from now on. */
  key: z.literal('counts as never pursued'),
});

/** What a deletion answers. */
export type Deletion = z.infer<typeof deletionSchema>;

export const subjectDeletionSchema = deletionSchema.extend({
  /** Whether it is a plan only: `runs` would be deleted. */
  dryRun: z.boolean(),
  /** Runs of the subject that are open: they are left. */
  open: z.array(z.string()),
  /** There are more runs: ask again. */
  more: z.boolean(),
});

/** What the deletion of a subject answers. */
export type SubjectDeletion = z.infer<typeof subjectDeletionSchema>;
