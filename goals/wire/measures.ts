// What a run's workflow tells its worker for the worker's metrics: nothing of it is in the history.

import type { ErrorClass } from './ledger.ts';
import type { Outcome } from './run-view.ts';

/** A light run, which is not its workflow's. */
export interface MeasuredRun {
  run: string;
  execution: string;
}

export interface OutcomeMeasure {
  goal: string;
  team: string;
  light?: MeasuredRun;
  outcome: Outcome;
  /** Kind of the failure; empty where there is none. */
  kind: string;
  /** Code of the failure; null where there is none. */
  code: string | null;
  /** From the start of the execution to its outcome. */
  ms: number;
  /** Not reached by when it was expected, though the run went on. */
  isLate: boolean;
}

export interface RecoveredMeasure {
  goal: string;
  team: string;
  light?: MeasuredRun | undefined;
  step: string;
  /** Errors of a step that succeeded. */
  errors: { [kind in ErrorClass]?: number };
}

export interface WarnedMeasure {
  goal: string;
  team: string;
  /** Criteria of an achieved run that are not met, and only warn. */
  count: number;
}

/** The sink of the workflow, by its name. */
export type MeasureSinks = {
  gkMeasures: {
    outcome(measure: OutcomeMeasure): void;
    recovered(measure: RecoveredMeasure): void;
    warned(measure: WarnedMeasure): void;
  };
};
