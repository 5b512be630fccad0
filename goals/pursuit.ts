import type { z } from 'zod';
import type { Duration } from './duration.ts';
import type { Goal } from './goal.ts';
import type { Job } from './job.ts';

/** What one use of a job may change of its contract. */
export interface RunOptions {
  /** Longest time one attempt may take. */
  timeout?: Duration;
  /** Attempts in all, the first included. */
  attempts?: number;
}

/**
 * All that `pursue` may do. Every use is a step of the run. A step that fails throws a `StepFailed`; catching it
 * makes its errors `handled`.
 */
export interface Pursuit<Jobs extends Job = Job, Needs extends Goal = Goal> {
  /** Runs a job: its attempts, retries and worker crashes are the step's affair. Resolves with its output. */
  run<J extends Jobs>(
    job: J,
    input: z.input<J['input']>,
    options?: RunOptions,
  ): Promise<z.output<J['output']>>;
  /** Needs another goal: starts its run, or joins the one of the same key. Resolves with its output. */
  achieve<G extends Needs>(goal: G, input: z.input<G['input']>): Promise<z.output<G['output']>>;
  /** Waits, however long, holding no worker. */
  sleep(duration: Duration): Promise<void>;
}
