// What of a ledger counts towards a step's attempts and towards its persisting: asked by the wrapper in a worker, and
// by the workflow where that makes the attempts.

import type { Ledger } from './ledger.ts';

const STOPPED = 'worker_stopped';

/** Attempts that count: a deploy in mid-attempt is nobody's failure. */
export const spentAttempts = ({ total, tallies }: Ledger): number =>
  total - Object.values(tallies).reduce((sum, { code, n }) => sum + (code === STOPPED ? n : 0), 0);

/** When the first error that counts came; null when there is none. */
export const troubledSince = (ledger: Ledger): string | null =>
  Object.values(ledger.tallies)
    .filter(({ code }) => code !== STOPPED)
    .map(({ first }) => first)
    .sort()[0] ?? null;
