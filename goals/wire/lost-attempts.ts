// Attempts that left no entry show as gaps: the one place that says so, for the wrapper that makes the next attempt, and
// for whoever reads a ledger in between.

import { fingerprint } from './fingerprint.ts';
import { enter, type Ledger, lastEntry } from './ledger.ts';

export const WORKER_LOST = {
  type: 'WorkerLost',
  code: 'worker_lost',
  message: 'the worker was lost in mid-attempt',
  class: 'infrastructure',
} as const;

const UNTOLD = {
  type: 'AttemptUntold',
  code: 'attempt_untold',
  message: 'the attempt failed while its run was being closed, and what with is not known',
  class: 'infrastructure',
} as const;

function withGap(
  ledger: Ledger,
  gap: typeof WORKER_LOST | typeof UNTOLD,
  [server, local]: [number, number],
  at: string,
): Ledger {
  const entry = { ...gap, server, local, at, ms: 0, worker: 'unknown' };
  return enter(ledger, { ...entry, fingerprint: fingerprint(gap.type, gap.message) }, false);
}

/** Which try of the server's attempt has no entry yet. */
const nextTry = (ledger: Ledger): [number, number] =>
  ledger.open ? [ledger.server, (lastEntry(ledger)?.local ?? 0) + 1] : [ledger.server + 1, 1];

/**
 * The ledger with an entry for each attempt before the server's attempt `before` that has none: it ended with its
 * worker. When nobody knows: `at` is when it was noticed.
 */
export function withLostAttempts(ledger: Ledger, before: number, at: string): Ledger {
  let whole = ledger;
  while ((whole.open ? whole.server : whole.server + 1) < before)
    whole = withGap(whole, WORKER_LOST, nextTry(whole), at);
  return whole;
}

/**
 * The ledger with an entry for the attempt that was under way when the run read it, and then failed before the run's
 * cancellation came to it: the server forgot what with.
 */
export const withUnreportedAttempt = (ledger: Ledger, at: string): Ledger =>
  withGap(ledger, UNTOLD, nextTry(ledger), at);
