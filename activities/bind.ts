// Joins the contract of a job to the code that does it. Teams call it in their jobs module; the worker runs what it
// returns.

import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Artifacts, Job } from '../goals/index.ts';

/** The second argument of a job: the attempt that it is. */
export interface JobContext {
  /** Aborted when the attempt has timed out, the step is cancelled or the worker stops. Obey it: clean up and throw. */
  readonly signal: AbortSignal;
  /** Which attempt of the step this is, from 1, those lost with a worker included. */
  readonly attempt: number;
  /** The same for every attempt of this step, also in a resumed run: give it to a service that must not do the work twice. */
  readonly idempotencyKey: string;
  /** The goal's name. */
  readonly goal: string;
  /** The run's ID, `goal:key`. */
  readonly run: string;
  /** The step's path, such as `load-day#3`. */
  readonly step: string;
  /** The run's deadline; null when it has none. */
  readonly deadline: Date | null;
  /** The rest of this attempt's time, in milliseconds: until its timeout, or the run's deadline when that comes first. */
  readonly remainingMs: number;
  /** A logger of pino's; its lines have goal, run, step and attempt. */
  readonly log: Logger;
  /** The secrets that the job's contract names, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The state of the step's last `checkpoint`, in whichever attempt and worker that was; undefined when there is none. */
  readonly lastCheckpoint: unknown;
  /**
   * Reports how far the job is: `done` of `total`, where the total is known, and a note on what it is doing. The run's view shows
   * it while the step is open. It is cheap: call it as often as you like.
   */
  progress(done: number, total?: number | null, note?: string | null): void;
  /**
   * Keeps `state` for the step's next attempt, in case this one fails or its worker dies: up to 16 KB of JSON. You need not await
   * it. The promise resolves once the server has the state, and rejects when the attempt ends before that.
   * @throws JobError at once (`checkpoint_invalid`) when the state is not JSON or is too large.
   */
  checkpoint(state: unknown): Promise<void>;
  /** Shows tables, texts, links and images with the run. Those of an attempt that fails show as well. */
  readonly artifact: Artifacts;
}

/** The code behind a job. It gets the input, parsed by the job's schema, and returns the output or throws. */
export interface Runner<J extends Job = Job> {
  (input: z.output<J['input']>, context: JobContext): z.input<J['output']> | Promise<z.input<J['output']>>;
  /**
   * Limits attempts at once: resolves when the next attempt may begin, with the function that ends its turn. The attempt's time
   * begins after that. Rejects when the signal is aborted.
   */
  turn?(signal: AbortSignal): Promise<() => void>;
  /** How long it may take to end after its attempt's timeout, in milliseconds, before the next attempt begins beside it. @default 1000 */
  readonly graceMs?: number;
}

/** A runner for any job: the job's own schema checks what comes back from outside. */
export interface AnyRunner {
  (input: unknown, context: JobContext): Promise<never>;
  /** As of a `Runner`, in milliseconds. @default 1000 */
  readonly graceMs?: number;
}

/** A job joined to its code, as `bind` returns it. */
export interface Binding {
  readonly job: Job;
  readonly run: Runner;
}

/**
 * Joins a job to its code in this worker. A team's jobs module exports the list of them as `jobs`.
 *
 * @example
 * ```ts
 * import { job } from 'goalkeeper';
 * import { bind } from 'goalkeeper/worker';
 * import { z } from 'zod';
 *
 * const fetchPage = job({ name: 'fetch-page', input: z.object({ url: z.url() }), output: z.object({ bytes: z.int() }) });
 *
 * export const jobs = [
 *   bind(fetchPage, async ({ url }, { signal, log }) => {
 *     const body = await (await fetch(url, { signal })).arrayBuffer();
 *     log.info({ bytes: body.byteLength }, 'fetched');
 *     return { bytes: body.byteLength };
 *   }),
 * ];
 * ```
 */
export const bind = <J extends Job>(job: J, run: Runner<J>): Binding => ({ job, run: run as Runner });
