import type { z } from 'zod';
import type { Artifacts, Job } from '../goals/index.ts';

/** A log that a fake may write to, and nobody reads. */
export interface FakeLog {
  debug(...told: unknown[]): void;
  info(...told: unknown[]): void;
  warn(...told: unknown[]): void;
  error(...told: unknown[]): void;
  child(...told: unknown[]): FakeLog;
}

/** What a job is told of the attempt that it is: as a worker tells it, in virtual time. */
export interface FakeContext {
  /** Aborted when the attempt timed out or the run is closed. */
  readonly signal: AbortSignal;
  /** Which attempt of the step this is, from 1. */
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly goal: string;
  readonly run: string;
  readonly step: string;
  readonly deadline: Date | null;
  /** Milliseconds that are left of the attempt's time. */
  readonly remainingMs: number;
  readonly log: FakeLog;
  /** Those that the contract names, each with a value of its own. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly lastCheckpoint: unknown;
  progress(done: number, total?: number | null, note?: string | null): void;
  checkpoint(state: unknown): Promise<void>;
  /** What it shows is in `artifacts` of the simulated run. */
  readonly artifact: Artifacts;
}

/** A job with what stands in for its code: also what `bind` of a worker makes. */
export interface Fake {
  readonly job: Job;
  // The context of a worker has more to it than a fake is given.
  readonly run: (input: never, context: never) => unknown;
}

/**
 * What stands in for a job's code in a simulation: an output, or a function that is called for each attempt. It returns the
 * output or throws; time passes in it by timers only, which are virtual.
 *
 * @example
 * fake(countOrders, { orders: 12, revenue: 90 })
 * fake(countOrders, async ({ day }, { attempt }) => {
 *   if (attempt < 3) throw new Error('503');
 *   return { orders: 12, revenue: 90 };
 * })
 */
export function fake<J extends Job>(
  job: J,
  output:
    | z.input<J['output']>
    | ((
        input: z.output<J['input']>,
        context: FakeContext,
      ) => z.input<J['output']> | Promise<z.input<J['output']>>),
): Fake {
  return { job, run: typeof output === 'function' ? (output as Fake['run']) : () => output };
}
