// How long checks of what a client sent may hold this process: all those of one request share a time.

import { AsyncLocalStorage } from 'node:async_hooks';
import { stoppable, type TimeBudget } from '../../process/stoppable.ts';

/** Of the processor. */
const REQUEST_MS = 100;

const budgets = new AsyncLocalStorage<TimeBudget>();

/** Does the work of one request, whose checks share a time. */
export const withCheckTime = <T>(work: () => T): T => budgets.run({ leftMs: REQUEST_MS }, work);

/** A check in the time of its request; stopped with a `TookTooLong` when that is used up. */
export const checkedInTime = <T>(check: () => T): T =>
  stoppable(budgets.getStore() ?? { leftMs: REQUEST_MS }, check);
