// A step as a resume sees it: what it did, and whether that can be kept.

import type { KeptResult } from '../goals/wire/resume.ts';

/** A step of a job, by the execution that a resume would go on from. */
export interface KnownStep extends Omit<KeptResult, 'output'> {
  /** Its path there; null for a kept result that no step has taken. */
  step: string | null;
  /** Null when it has not succeeded. */
  result: { output: unknown } | null;
  /** Its input lies in external storage, and has not been fetched: its digest is of no use. */
  isStored?: true;
}
