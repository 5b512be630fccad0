import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Job } from '../goals/index.ts';

/** What a job knows of the attempt that it is. */
export interface JobContext {
  /** Aborted when the attempt timed out, the step was cancelled or the worker stops. Obey it: clean up and throw. */
  readonly signal: AbortSignal;
  /** Which attempt of the step this is, from 1, those lost with a worker included. */
  readonly attempt: number;
  /** The same for every attempt of this step, also when its run goes on from a failure: give it to whoever must not do the work twice. */
  readonly idempotencyKey: string;
  readonly goal: string;
  /** The run's ID, `goal:key`. */
  readonly run: string;
  /** The step's path, such as `load-day#3`. */
  readonly step: string;
  /** The run's deadline; null when it has none. */
  readonly deadline: Date | null;
  /** What is left of this attempt's time, in milliseconds: its timeout, or the run's deadline when that comes first. */
  readonly remainingMs: number;
  /** Bound to goal, run, step and attempt. */
  readonly log: Logger;
  /** The secrets that the job's contract names, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What the last `checkpoint` of this step kept, in whichever attempt and worker that was; undefined when nothing did. */
  readonly lastCheckpoint: unknown;
  /**
   * Tells how far the job is: `done` of `total`, where that is known, and what it is doing. Shown with the run while the step
   * is open. Cheap: call it as often as you like.
   */
  progress(done: number, total?: number | null, note?: string | null): void;
  /**
   * Keeps `state` for the step's next attempt, should this one fail or its worker die: JSON, at most 16 KB of it. Need not be
   * awaited; what it returns resolves once the server has it, and rejects when the attempt ends before that. Throws at
   * once (`checkpoint_invalid`) when the state is no JSON or too large.
   */
  checkpoint(state: unknown): Promise<void>;
}

/** What runs a job: its input, already checked and parsed; it returns the output, or throws. */
export interface Runner<J extends Job = Job> {
  (input: z.output<J['input']>, context: JobContext): z.input<J['output']> | Promise<z.input<J['output']>>;
  /**
   * Where only so many may run at once: resolves when the next attempt may begin, with what ends its turn. The time that
   * takes is none of the attempt's. Rejects when the signal is aborted.
   */
  turn?(signal: AbortSignal): Promise<() => void>;
  /** How long it may take to end once its attempt has timed out, before the next one begins beside it. Default 1000. */
  readonly graceMs?: number;
}

/** A runner for any job: what comes back from outside is for the job's own schema to check. */
export interface AnyRunner {
  (input: unknown, context: JobContext): Promise<never>;
  readonly graceMs?: number;
}

/** A contract with what runs it. */
export interface Binding {
  readonly job: Job;
  readonly run: Runner;
}

/** Binds a job to the code of this worker: `bind(loadDay, async ({ day }, { signal }) => ({ rows: await load(day, signal) }))`. */
export const bind = <J extends Job>(job: J, run: Runner<J>): Binding => ({ job, run: run as Runner });
