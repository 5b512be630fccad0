// Work that waits for nothing, in a place where it can be stopped: a pattern may take hours with forty letters, and a
// process has one thread for everybody.

import { createContext, Script } from 'node:vm';

/** Work that was stopped: nothing is known of what it would have come to. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** Time of the processor, for one piece of work or for several that share it. */
export interface TimeBudget {
  leftMs: number;
}

/** Below that nothing more is begun. */
const LEAST_MS = 5;
/** On a busy machine the time that passes is not the time that is used. */
const TRIES = 4;

const context = createContext({ work: null });
const script = new Script('work()');

/** Does the work, and stops it with a `TookTooLong` once the budget is used up. It may be begun more than once. */
export function stoppable<T>(budget: TimeBudget, work: () => T): T {
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
  throw new TookTooLong('stopped, as it would keep the process from everything else');
}
