// What is known of one step while its history is read: the step as it is shown, and apart from it what only the reading needs.

import {
  type AttemptError,
  emptyLedger,
  type Ledger,
  type StepFailureDetails,
} from '../goals/wire/ledger.ts';
import type { MapProgress } from '../goals/wire/map.ts';
import type { ErrorCounts, Step, Struggle } from '../goals/wire/run-view.ts';

export interface StepState {
  /** All that is shown of it, but for what is counted once all steps are known. */
  step: Omit<Step, 'errors' | 'map'>;
  ledger: Ledger;
  /** An end that no attempt's entry tells: what Temporal itself, or a worker that is not ours, said. */
  plain: AttemptError | null;
  /** Why there was no further attempt, when the step itself said so. */
  gaveUp: Exclude<StepFailureDetails['reason'], 'retried'> | null;
  /** Whether an attempt before the last one failed with what a worker reported. */
  isWorkflowAttempt: boolean;
  /** What the step told when its errors came to persist, until it settles. */
  struggle: Struggle | null;
}

export const newStep = (path: string, kind: Step['kind'], name: string, startedAt: string): StepState => ({
  step: {
    path,
    kind,
    name,
    state: kind === 'goal' || kind === 'sleep' ? 'running' : 'waiting',
    attempts: kind === 'goal' || kind === 'sleep' || kind === 'lease' ? 1 : 0,
    startedAt,
    closedAt: null,
    nextAttemptAt: null,
    run: null,
    kept: null,
    progress: null,
  },
  ledger: emptyLedger(),
  plain: null,
  gaveUp: null,
  isWorkflowAttempt: false,
  struggle: null,
});

/** The step as the view shows it. */
export const shownStep = ({ step }: StepState, errors: ErrorCounts, map: MapProgress | undefined): Step => ({
  ...step,
  ...(map && { map }),
  errors,
});

export const isOpen = ({ step: { state } }: StepState): boolean => state === 'waiting' || state === 'running';

export function close(known: StepState, state: Step['state'], at: string): void {
  const { step } = known;
  step.state = state;
  step.closedAt = at;
  step.nextAttemptAt = null;
  step.progress = null;
  delete step.waitingFor;
  known.struggle = null;
}

/** Takes over a ledger when it tells more than the one known: a later one always holds the earlier. */
export function learn(known: StepState, ledger: Ledger | undefined): void {
  if (ledger === undefined) return;
  const isLater = ledger.total > known.ledger.total || ledger.server > known.ledger.server;
  if (isLater || ledger.running) known.ledger = ledger;
}

/** Those in the ledger and `more`. Without one Temporal's count; with one it may count some that had to wait for a turn. */
export const attemptsOf = ({ step: { attempts }, ledger }: StepState, more: number): number =>
  ledger.server > 0 ? ledger.total + more : Math.max(attempts, ledger.total + more);
