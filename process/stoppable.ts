// Work that waits for nothing, in a place where it can be stopped: a pattern may take hours with forty letters, and a
// process has one thread for everybody.

import { createContext, Script } from 'node:vm';
import { threadMs } from './thread-time.ts';

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
/** On a busy machine the time that passes is not the time that is used: so often work is begun that was stopped before it had used its own. */
const TRIES = 20;

const context = createContext({ work: null });
const script = new Script('work()');

/**
 * Does the work, and stops it with a `TookTooLong` once the budget is used up. It may be begun more than once. What it takes to begin and to
 * end is not the work's time: Node starts a thread that watches, so of many small pieces that would be nearly all.
 */
export function stoppable<T>(budget: TimeBudget, work: () => T): T {
  for (let tries = TRIES; tries > 0 && budget.leftMs >= LEAST_MS; tries--) {
    let usedMs = (): number => 0;
    context.work = () => {
      usedMs = stopwatch();
      try {
        return work();
      } finally {
        // Not where it is stopped.
        const used = usedMs();
        usedMs = () => used;
      }
    };
    try {
      return script.runInContext(context, { timeout: Math.ceil(budget.leftMs) }) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    } finally {
      context.work = null;
      budget.leftMs -= usedMs();
    }
  }
  throw new TookTooLong('stopped, as it would keep the process from everything else');
}

/** What this thread has used since: never more than has passed, as the system brings its account up to date a few hundred times a second. */
function stopwatch(): () => number {
  const used = threadMs();
  const begun = performance.now();
  return () => {
    const passed = performance.now() - begun;
    return passed < LEAST_MS ? passed : Math.min(passed, threadMs() - used);
  };
}
