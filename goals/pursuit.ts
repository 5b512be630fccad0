import type { z } from 'zod';
import type { Dataset } from './dataset.ts';
import type { Duration } from './duration.ts';
import type { NeededGoal } from './goal.ts';
import type { Job } from './job.ts';

/** What one use of a job may change of its contract. */
export interface RunOptions {
  /** Longest time one attempt may take. */
  timeout?: Duration;
  /** Attempts in all, the first included. */
  attempts?: number;
}

/** How many lost items a goal copes with: so many, such a share of all (0 to 1), or those with one of these codes. */
export type Tolerance = { count: number } | { share: number } | { codes: readonly string[] };

export interface MapOptions {
  /**
   * Most items at once; those that are tried again after an error come on top, at most as many. Default: what the job's
   * pool lets through, else 200.
   */
  atOnce?: number;
  tolerate?: Tolerance;
}

/** An item of a map that has failed for good. */
export interface LostItem {
  /** Its place among the items, from 0. */
  index: number;
  /** The item; where its JSON has more than 1,000 bytes, a digest of it. */
  input: unknown;
  code: string;
  message: string;
}

/** What a map that tolerates losses resolves with. */
export interface Mapped<Output> {
  /** In the order of the items; undefined where one was lost. */
  results: (Output | undefined)[];
  lost: LostItem[];
}

/** How a resource is guarded. */
export interface CleanupOptions<Jobs extends Job = Job> {
  /** What the resource is called. Default: a digest of the teardown's input. */
  name?: string;
  /**
   * Longest time until the teardown, whatever the run does: a backstop. Default: an hour past the goal's deadline, or
   * seven days where it has none.
   */
  ttl?: Duration;
  /**
   * The jobs whose work is gone with the resource, such as the one that creates it: a resume runs them again. Default:
   * all that the run begins while the lease is held.
   */
  undoes?: readonly Jobs[];
}

/** What tears down a resource, begun. */
export interface Lease {
  /** In the gateway it is `/leases/{id}`. */
  readonly id: string;
  /**
   * Says that the resource is needed no more, so that it is torn down now and not at the end of the run. Resolves once
   * the lease knows; it does not wait for the teardown, which cannot fail the run.
   */
  release(): Promise<void>;
}

/** What a person is told, and how long the run waits. */
export interface AskOptions {
  /** Who may decide: a role or a name, or several. Default: whoever may act on the run. */
  by?: string | readonly string[];
  /**
   * What there is to decide, as JSON. What looks like a secret is taken out of it, and of more than 8,000 characters
   * only the beginning is shown: give a link to the rest.
   */
  show?: unknown;
  /** How long it waits. Default: for ever, that is until the goal's deadline. */
  expires?: { after: Duration; consequence: 'reject' };
}

export interface ApproveOptions extends Omit<AskOptions, 'expires'> {
  /** How long it waits, and as what it counts that nobody decided. Default: for ever, that is until the goal's deadline. */
  expires?: { after: Duration; consequence: 'reject' | 'approve' };
}

/** Who approved, when and why; `by` is null when nobody decided in time and that was to count as an approval. */
export interface Approval {
  by: string | null;
  /** Whether it is known that it was `by`, or was only said so. */
  verified: boolean;
  reason: string | null;
  at: string;
}

/** The job, or what tsc says of one that `jobs` of the goal does not list. */
type DeclaredJob<J extends Job, Jobs extends Job> = J extends Jobs
  ? J
  : "a job of the goal's `jobs`: add it there";

/** The same of a goal that `needs` does not list. */
type DeclaredNeed<G extends NeededGoal, Needs extends NeededGoal> = G extends Needs
  ? G
  : "a goal of the goal's `needs`: add it there";

/**
 * All that `pursue` may do. Every use is a step of the run. A step that fails throws a `StepFailed`; catching it
 * makes its errors `handled`.
 *
 * A function that several goals share takes `Pursuit`, or what it uses of it: `Pursuit<typeof loadDay, typeof dayLoaded>`.
 */
// Who may run more jobs may run fewer (`in`); tsc cannot see it through the conditional types, by which it tells what to write.
// @ts-expect-error TS2636, of both.
// biome-ignore lint/suspicious/noExplicitAny: with `Job` a goal could not give its own to a function that takes just `Pursuit`.
export interface Pursuit<in Jobs extends Job = any, in Needs extends NeededGoal = never> {
  /** Runs a job: its attempts, retries and worker crashes are the step's affair. Resolves with its output. */
  run<J extends Job>(
    job: DeclaredJob<J, Jobs>,
    input: z.input<J['input']>,
    options?: RunOptions,
  ): Promise<z.output<J['output']>>;
  /**
   * Runs a job for each of the items, however many, or for each piece of a dataset: one step of the run, in which each
   * item has its own attempts, errors and result. Resolves with the outputs in the order of the items. The first item
   * that fails for good fails the step, and no further one begins; with `tolerate` it resolves with what succeeded and
   * what was lost, and fails only when more are lost than that says.
   */
  map<J extends Job, T extends Tolerance | undefined = undefined>(
    items: readonly z.input<J['input']>[] | Dataset,
    job: DeclaredJob<J, Jobs>,
    options?: Omit<MapOptions, 'tolerate'> & { tolerate?: T },
  ): Promise<[T] extends [Tolerance] ? Mapped<z.output<J['output']>> : z.output<J['output']>[]>;
  /** Needs another goal: starts its run, or joins the one of the same key. Resolves with its output. */
  achieve<G extends NeededGoal>(
    goal: DeclaredNeed<G, Needs>,
    input: z.input<G['input']>,
  ): Promise<z.output<G['output']>>;
  /**
   * Has a job tear down what the run is about to create, whatever becomes of the run: achieved, failed, cancelled,
   * terminated, its worker gone. Await it, then create. Resolves once the lease is there; when the same resource of this
   * run is still being torn down, only after that. The job must cope with a resource that is half there, or not at all.
   */
  cleanup<J extends Job>(
    job: DeclaredJob<J, Jobs>,
    input: z.input<J['input']>,
    options?: CleanupOptions<Jobs>,
  ): Promise<Lease>;
  /**
   * Waits, holding no worker, until a person approves. A rejection is a `StepFailed` of the code `rejected`; one that was
   * waited for in vain, of the code `approval_expired`. `name` is kebab-case.
   */
  approve(name: string, options?: ApproveOptions): Promise<Approval>;
  /** Waits in the same way for data that fits the schema. */
  ask<S extends z.ZodType>(name: string, schema: S, options?: AskOptions): Promise<z.output<S>>;
  /** Waits, however long, holding no worker. */
  sleep(duration: Duration): Promise<void>;
}
