import type { z } from 'zod';
import type { Scale } from './dataset.ts';
import { type Duration, milliseconds } from './duration.ts';
import {
  DEFAULT_TIMEOUT_MS,
  type PersistenceDeclaration,
  type RetryDeclaration,
  resolvePersistence,
  resolveRetry,
} from './policy.ts';
import type { Pool } from './pool.ts';
import type { Persistence, RetryPolicy } from './wire/publication.ts';

/** What an author gives to `job`. */
export interface JobDeclaration<Input extends z.ZodType, Output extends z.ZodType> {
  /** Kebab-case, at most 60 characters, one of its kind among the team's jobs. */
  name: string;
  input: Input;
  output: Output;
  /** Longest time one attempt may take. What hangs is recorded as a `timeout` error. Default `'5m'`. */
  timeout?: Duration;
  retry?: RetryDeclaration;
  /** When its errors make the run `struggling`. Default: 3 failed attempts, or a minute of errors. */
  persists?: PersistenceDeclaration;
  /** After how long without a sign of life an attempt counts as lost with its worker. Default `'5s'`. */
  heartbeat?: Duration;
  /** Task queue of the worker that runs it, when that is not the goal's own. */
  queue?: string;
  /** Names of the secrets it needs, which its worker has in its environment or in files: never in an input. */
  secrets?: readonly string[];
  /** The pool whose limits it keeps to, over all goals, workers and machines. */
  pool?: Pool;
  /**
   * An attempt takes well under a second: calls that are made at the same moment then travel together, many to an
   * activity. One that takes longer than a second there is cut short, and begun again on its own.
   */
  quick?: boolean;
  /**
   * Quick, and harmless to repeat: it runs without a round trip to Temporal, and again should its worker be lost before
   * the run has told Temporal of it.
   */
  inline?: boolean;
  /** How large the pieces are into which a map cuts a dataset. Default: the dataset's own partitions. */
  scale?: Scale;
}

/** One unit of a team's work: its contract, apart from what runs it (`bind`, in the worker). */
export interface Job<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly kind: 'job';
  readonly name: string;
  readonly input: Input;
  readonly output: Output;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly persists: Persistence;
  readonly heartbeatMs: number;
  readonly queue: string | null;
  readonly secrets: readonly string[];
  readonly pool: Pool | null;
  /** Also true of what is inline. */
  readonly quick: boolean;
  readonly inline: boolean;
  readonly scale: Scale | null;
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: JobDeclaration<Input, Output>;
}

export const DEFAULT_HEARTBEAT_MS = 5000;

/** Declares a job's contract. It never throws: what is wrong with it is said, all at once, when the worker starts. */
export function job<Input extends z.ZodType, Output extends z.ZodType>(
  declared: JobDeclaration<Input, Output>,
): Job<Input, Output> {
  return {
    kind: 'job',
    name: declared.name,
    input: declared.input,
    output: declared.output,
    timeoutMs: milliseconds(declared.timeout) || DEFAULT_TIMEOUT_MS,
    retry: resolveRetry(declared.retry),
    persists: resolvePersistence(declared.persists),
    heartbeatMs: milliseconds(declared.heartbeat) || DEFAULT_HEARTBEAT_MS,
    queue: declared.queue ?? null,
    secrets: declared.secrets ?? [],
    pool: declared.pool ?? null,
    quick: declared.quick === true || declared.inline === true,
    inline: declared.inline === true,
    scale: declared.scale ?? null,
    declared,
  };
}
