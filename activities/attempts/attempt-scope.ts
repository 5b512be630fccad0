// Whose code runs: an attempt's, or nobody's.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';

export interface AttemptScope {
  /** Told of what the job throws where nobody can catch it. */
  onStray(error: unknown): void;
  /** The job's log. */
  log(): Logger;
}

/** The attempt that the running code belongs to, with whatever it started; undefined for all else. */
export const attemptScope = new AsyncLocalStorage<AttemptScope>();
