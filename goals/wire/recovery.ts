// A recovery: a set of runs pursued once more, after one trouble stopped many or after an outcome turned out to be wrong.

import { z } from 'zod';
import { verifiedField } from './actor.ts';

/** Runs of one recovery. More are refused: its window is narrowed, or it is asked for once more afterwards. */
export const RECOVERY_RUNS = 1_000;
/** Runs of a recovery that are open at once. */
export const RECOVERY_AT_ONCE = 50;
/** Runs that are pursued first, before the others begin. */
export const RECOVERY_TRIAL = 3;
/** Temporal's lowest: fresh runs go first. */
export const RECOVERY_PRIORITY = 5;
/** Of the runs that were not achieved, so many are listed one by one. */
const MISSED_SHOWN = 50;

const executionSchema = z.object({ run: z.string(), execution: z.string() });
/** The execution of a run. */
export type ExecutionOfRun = z.infer<typeof executionSchema>;

/** A run of a recovery, and the execution from which it goes on. */
export const recoveredRunSchema = executionSchema.extend({
  /**
   * `resume`: it failed, and keeps what had succeeded. `repeat`: it was achieved, and keeps what it had before it used one of `doubted`.
   * `scratch`: it was achieved, and keeps nothing.
   */
  how: z.enum(['resume', 'repeat', 'scratch']),
  /** The executions in doubt that it used. */
  doubted: z.array(executionSchema).optional(),
  /** Places, in the list of runs, of those that come before it. */
  after: z.array(z.int()).optional(),
});
export type RecoveredRun = z.infer<typeof recoveredRunSchema>;

export const recoveryOfSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('trouble'), fingerprint: z.string() }),
  z.object({ kind: z.literal('retraction'), retraction: z.string() }),
]);
/** From what it recovers. */
export type RecoveryOf = z.infer<typeof recoveryOfSchema>;

export const recoveryTermsSchema = z.object({
  of: recoveryOfSchema,
  /** The one that all its runs are of; null where they are of several: then it is shown to who may see every team's. */
  team: z.string().nullable(),
  total: z.int(),
  atOnce: z.int(),
  /** How many runs end before the others begin; 0: none. */
  trial: z.int(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string().nullable(),
});
export type RecoveryTerms = z.infer<typeof recoveryTermsSchema>;

const steering = z.object({
  at: z.string(),
  by: z.string(),
  verified: verifiedField,
  reason: z.string().nullable(),
});
/** Who steers it, and why. */
export type RecoverySteering = z.infer<typeof steering>;

const missedSchema = z.object({
  run: z.string(),
  how: z.enum(['failed', 'cancelled', 'skipped', 'refused']),
  code: z.string(),
  message: z.string(),
});

export const recoveryMemoSchema = z.object({
  achieved: z.int(),
  /** No longer as the recovery needs them, such as runs that were achieved meanwhile. */
  skipped: z.int(),
  failed: z.int(),
  open: z.int(),
  /** Whether the trial is over, and the others may begin. */
  tried: z.boolean(),
  paused: steering.nullable(),
  cancelled: steering.nullable(),
  /** Why it stopped by itself. */
  stopped: z
    .object({ at: z.string(), code: z.string(), run: z.string().nullable(), message: z.string() })
    .nullable(),
  /** The first of those that were not achieved. */
  missed: z.array(missedSchema),
});
/** How far a recovery is: memo of its workflow. */
export type RecoveryMemo = z.infer<typeof recoveryMemoSchema>;

export const NOTHING_RECOVERED: RecoveryMemo = {
  ...{ achieved: 0, skipped: 0, failed: 0, open: 0, tried: false },
  ...{ paused: null, cancelled: null, stopped: null, missed: [] },
};

/** Enters what became of one run that was not achieved. */
export const missing = (memo: RecoveryMemo, missed: RecoveryMemo['missed'][number]): RecoveryMemo => ({
  ...memo,
  ...(missed.how === 'skipped' ? { skipped: memo.skipped + 1 } : { failed: memo.failed + 1 }),
  missed: memo.missed.length < MISSED_SHOWN ? [...memo.missed, missed] : memo.missed,
});

/** The workflow's argument. */
export interface RecoveryStart {
  terms: RecoveryTerms;
  runs: readonly RecoveredRun[];
}

/** A recovery in the middle, from one history to the next: places are those in the list of runs. */
export interface RecoveryState {
  waiting: number[];
  open: (ExecutionOfRun & { place: number })[];
  /** Ended, and not achieved. */
  missed: number[];
  /** How many ended that had really begun, and how many of them by the trouble. */
  ended: number;
  troubled: number;
  memo: RecoveryMemo;
}

/** Of an activity: pursues one run once more. */
export interface RecoverRun extends RecoveredRun, Pick<RecoveryTerms, 'by' | 'verified' | 'reason'> {
  /** ID of the recovery. */
  recovery: string;
}

/** What came of it. */
export type Recovering = { how: 'open'; execution: string } | { how: 'skipped'; code: string };

/** Of an activity: waits for the end of one run of a recovery. */
export interface AwaitedRecovery extends ExecutionOfRun {
  /** The trouble: a run whose errors of it persist is not waited for. */
  fingerprint: string | null;
}

export interface RecoveredEnd {
  /** `struggling`: it is open, and the errors of the trouble persist. */
  outcome: 'achieved' | 'failed' | 'cancelled' | 'struggling';
  code: string;
  message: string;
  /** Of what ended it. */
  fingerprint: string | null;
}
