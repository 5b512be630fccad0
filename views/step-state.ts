// What is known of one step while its history is read.

import {
  type AttemptError,
  emptyLedger,
  type Ledger,
  type StepFailureDetails,
} from '../goals/wire/ledger.ts';
import type { Step, Struggle } from '../goals/wire/run-view.ts';

export interface StepState {
  path: string;
  kind: Step['kind'];
  name: string;
  state: Step['state'];
  attempts: number;
  startedAt: string;
  closedAt: string | null;
  nextAttemptAt: string | null;
  /** What it waits for beside a worker, such as `pool warehouse`. */
  waitingFor: string | null;
  ledger: Ledger;
  /** An end that no attempt's entry tells: what Temporal itself, or a worker that is not ours, said. */
  plain: AttemptError | null;
  /** Why there was no further attempt, when the step itself said so. */
  gaveUp: Exclude<StepFailureDetails['reason'], 'retried'> | null;
  run: string | null;
  /** Whether an attempt before the last one failed with what a worker reported. */
  isForeign: boolean;
  /** What the step told when its errors came to persist, until it settles. */
  struggle: Struggle | null;
  kept: Step['kept'];
  asked?: Step['asked'];
  /** What its job told last, while it is open. */
  progress: Step['progress'];
  lease?: NonNullable<Step['lease']>;
  /** Of a call that travelled with others, or ran inline: how long it took there. */
  ms?: number;
}

export const newStep = (path: string, kind: Step['kind'], name: string, startedAt: string): StepState => ({
  path,
  kind,
  name,
  state: kind === 'goal' || kind === 'sleep' ? 'running' : 'waiting',
  attempts: kind === 'goal' || kind === 'sleep' || kind === 'lease' ? 1 : 0,
  startedAt,
  closedAt: null,
  nextAttemptAt: null,
  waitingFor: null,
  ledger: emptyLedger(),
  plain: null,
  gaveUp: null,
  run: null,
  isForeign: false,
  struggle: null,
  kept: null,
  progress: null,
});

export const isOpen = ({ state }: Pick<StepState, 'state'>): boolean =>
  state === 'waiting' || state === 'running';

export function close(step: StepState, state: Step['state'], at: string): void {
  step.state = state;
  step.closedAt = at;
  step.nextAttemptAt = null;
  step.waitingFor = null;
  step.struggle = null;
  step.progress = null;
}

/** Takes over a ledger when it tells more than the one known: a later one always holds the earlier. */
export function learn(step: StepState, ledger: Ledger | undefined): void {
  if (ledger === undefined) return;
  const isLater = ledger.total > step.ledger.total || ledger.server > step.ledger.server;
  if (isLater || ledger.running) step.ledger = ledger;
}

/** Those in the ledger and `more`. Without one Temporal's count; with one it may count some that had to wait for a turn. */
export const attemptsOf = ({ attempts, ledger }: StepState, more: number): number =>
  ledger.server > 0 ? ledger.total + more : Math.max(attempts, ledger.total + more);
