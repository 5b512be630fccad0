// What a job throws where nobody can catch it: in a timer's callback, in a promise that nobody awaits. Left alone it ends
// the worker, and with it the attempts of every other job.

import type { Logger } from 'pino';
import { attemptScope } from './attempt-scope.ts';

/**
 * Of a worker's process: what comes from a job costs its attempt, and is logged where that is over. An exception that comes
 * from elsewhere ends the process, as ever: nobody knows what it left undone.
 */
export function outliveStrays(log: Logger): void {
  process.on('unhandledRejection', (reason) => {
    const scope = attemptScope.getStore();
    if (scope) scope.onStray(reason);
    else log.error({ err: reason }, 'a promise was rejected that nobody awaits');
  });
  process.on('uncaughtException', (error) => {
    const scope = attemptScope.getStore();
    if (scope) return scope.onStray(error);
    log.fatal({ err: error }, 'the worker died of an exception that nobody caught');
    process.exit(1);
  });
}
