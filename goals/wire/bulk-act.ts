// One act on many runs, as it crosses processes: what is asked for, and how far it is.

import { z } from 'zod';
import { verifiedField } from './actor.ts';

/** Runs of one bulk act. More are refused: its filter is narrowed. */
export const BULK_RUNS = 1_000;
/** Runs on which it acts at once. */
export const BULK_AT_ONCE = 20;
/** Of the runs on which it could not act, so many are told one by one. */
const MISSED_SHOWN = 50;

export const bulkActs = ['cancel', 'resume', 'accept', 'tag'] as const;
export type BulkActKind = (typeof bulkActs)[number];

/** The execution of a run. */
const meantRunSchema = z.object({ run: z.string(), execution: z.string() });
export type MeantRun = z.infer<typeof meantRunSchema>;

export const bulkActTermsSchema = z.object({
  act: z.enum(bulkActs),
  /** The runs that it is about, as they were asked for. */
  filter: z.record(z.string(), z.string()),
  /** The one that all its runs are of; null where they are of several: then it is shown to who may see every team's. */
  team: z.string().nullable(),
  /** How many runs it is about. */
  total: z.int(),
  atOnce: z.int(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string().nullable(),
  /** Of `tag`: the tags that each run gets, and those that it loses. */
  add: z.array(z.string()).optional(),
  remove: z.array(z.string()).optional(),
});
export type BulkActTerms = z.infer<typeof bulkActTermsSchema>;

/** The workflow's argument. */
export interface BulkActStart {
  terms: BulkActTerms;
  runs: readonly MeantRun[];
  /** Workflow ID of the alerts workflow. */
  alerts: string;
}

/** Of an activity: acts on one run. `request` is the same however often it is tried. */
export interface ActOnRun
  extends MeantRun,
    Pick<BulkActTerms, 'act' | 'by' | 'verified' | 'reason' | 'add' | 'remove'> {
  request: string;
  at: string;
  alerts: string;
}

/** What came of it: `skipped` where the run is no longer as the act needs it. */
export interface ActedOn {
  how: 'done' | 'skipped';
  /** Why it was skipped. */
  code?: string;
}

export const bulkActMemoSchema = z.object({
  done: z.int(),
  /** No longer as the act needs them, such as runs that have closed meanwhile. */
  skipped: z.int(),
  failed: z.int(),
  /** Who stopped it, and why. */
  stopped: z
    .object({ at: z.string(), by: z.string(), verified: verifiedField, reason: z.string().nullable() })
    .nullable(),
  /** The first of those that were skipped or failed. */
  missed: z.array(
    meantRunSchema.extend({ how: z.enum(['skipped', 'failed']), code: z.string(), message: z.string() }),
  ),
});

/** How far a bulk act is: memo of its workflow. */
export type BulkActMemo = z.infer<typeof bulkActMemoSchema>;

export const NOTHING_DONE: BulkActMemo = { done: 0, skipped: 0, failed: 0, stopped: null, missed: [] };

/** Enters what became of one run. */
export function entered(memo: BulkActMemo, missed: BulkActMemo['missed'][number]): BulkActMemo {
  const shown = memo.missed.length < MISSED_SHOWN ? [...memo.missed, missed] : memo.missed;
  return { ...memo, [missed.how]: memo[missed.how] + 1, missed: shown };
}
