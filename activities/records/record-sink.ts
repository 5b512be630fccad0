// Where the records of closed runs are kept beyond Temporal's retention: the interface of a sink, and how sinks are kept
// filled. The sinks themselves are in record-sink/.

import type { MarkRecord } from '../../goals/wire/mark-record.ts';
import type { RunRecord } from '../../goals/wire/run-record.ts';
import type { ClosedRun } from '../../views/closed-runs.ts';

export interface RecordSink {
  /** Part of the name of the workflow that keeps it filled. */
  readonly kind: 'directory' | 'webhook' | 'outcomes' | 'openlineage';
  /** Its own, where there may be several of a kind; `outcomes` has one, and takes what closes from its first start on. */
  readonly name?: string;
  /** Throws a `StartProblem` when it cannot be written to at all. */
  open(): Promise<void>;
  /** Whether it has the record for certain, or never wants it. */
  has(run: ClosedRun): Promise<boolean>;
  /**
   * Resolves once the record is kept, or `refused` for good. Throws when it should be offered again. Offered twice, it
   * is kept once, or is to be told by its execution.
   */
  write(run: ClosedRun, record: RunRecord, signal: AbortSignal): Promise<'kept' | 'refused'>;
  /**
   * The same, of what an execution is marked as: with all marks that it has. A later record of its marks takes the place of an earlier one.
   * Left out by a sink that keeps no marks.
   */
  mark?(marks: MarkRecord, signal: AbortSignal): Promise<'kept' | 'refused'>;
  /**
   * Forgets a run that was deleted, whatever it has of it: how many records it deleted itself, or null where it passed the word
   * on. `refused` for good. Throws when it should be asked again. Asked twice, it has forgotten once.
   */
  forget(run: ForgottenRun, signal: AbortSignal): Promise<number | null | 'refused'>;
}

/** A run that was deleted; `message` names the word of it, the same at each try. */
export interface ForgottenRun {
  run: string;
  goal: string;
  team: string | null;
  message: string;
}

export interface RecordsOptions {
  sinks: readonly RecordSink[];
  /** Tells apart several sinks of a kind in one namespace. Default: there is only one. */
  name?: string;
  /** Between two looks at what has closed. Default 10 s. */
  periodMs?: number;
  /** Of a sink that is new: runs that closed before are left out. Default: all that Temporal still keeps. */
  since?: Date;
}
