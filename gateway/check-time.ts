// How long checks of what a client sent may hold this process, which has one thread: a pattern can take hours with forty
// letters. Checks run where they can be stopped, and all those of one request share a time.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createContext, Script } from 'node:vm';

/** Of the processor, for all checks of a request. */
const REQUEST_MS = 150;
/** What is left of a request's time below which nothing more is begun. */
const LEAST_MS = 5;
/** On a busy machine the time that passes is not the time that is used. */
const TRIES = 4;

/** A check that was stopped: nothing is known of the value. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

const budgets = new AsyncLocalStorage<{ leftMs: number }>();

/** Does the work of one request, whose checks share a time. */
export const withCheckTime = <T>(work: () => T): T => budgets.run({ leftMs: REQUEST_MS }, work);

const context = createContext({ work: null });
const script = new Script('work()');

/** Does work that waits for nothing, and stops it with a `TookTooLong` once it has had `ms`, by default its request's time. */
export function stoppable<T>(work: () => T, ms?: number): T {
  const budget = ms === undefined ? (budgets.getStore() ?? { leftMs: REQUEST_MS }) : { leftMs: ms };
  for (let tries = TRIES; tries > 0 && budget.leftMs >= LEAST_MS; tries--) {
    const before = process.cpuUsage();
    context.work = work;
    try {
      return script.runInContext(context, { timeout: Math.ceil(budget.leftMs) }) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    } finally {
      context.work = null;
      const { user, system } = process.cpuUsage(before);
      budget.leftMs -= (user + system) / 1000;
    }
  }
  throw new TookTooLong(`stopped after ${ms ?? REQUEST_MS} ms`);
}
