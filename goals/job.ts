// How a team declares a piece of work: `job()` and what it takes, apart from the code that does it.

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

/**
 * The contract of a job: the argument of `job`. Durations are milliseconds or texts such as `'90s'` (see `Duration`).
 *
 * @example
 * ```ts
 * import { job, pool } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * export const loadPiece = job({
 *   name: 'load-piece',
 *   input: z.object({ uri: z.string(), from: z.int(), to: z.int() }),
 *   output: z.object({ rows: z.int() }),
 *   timeout: '10m',
 *   heartbeat: '10s',
 *   retry: { attempts: 5, delay: '1s' },
 *   persists: { attempts: 3 },
 *   queue: 'loaders',
 *   secrets: ['WAREHOUSE_PASSWORD'],
 *   pool: pool({ name: 'warehouse', atOnce: 8 }),
 *   scale: { by: 'rows', per: 10_000 },
 * });
 *
 * export const nameOfShop = job({
 *   name: 'name-of-shop',
 *   input: z.object({ shop: z.string() }),
 *   output: z.string(),
 *   quick: true,
 *   inline: true,
 * });
 * ```
 */
export interface JobDeclaration<Input extends z.ZodType, Output extends z.ZodType> {
  /** Kebab-case, at most 60 characters, unique among the team's jobs. */
  name: string;
  /** The schema of the input. An input that does not fit it fails the step (`input_invalid`). */
  input: Input;
  /** The schema of the output. An output that does not fit it fails the step (`output_invalid`). */
  output: Output;
  /** The longest time one attempt may take. An attempt that takes longer is a `timeout` error. @default '5m' */
  timeout?: Duration;
  /** How often and when the worker retries the job. @default 8 attempts, from `'100ms'` to `'5m'` apart */
  retry?: RetryDeclaration;
  /** When its errors make the run `struggling`. @default after five minutes of nothing but errors */
  persists?: PersistenceDeclaration;
  /** An attempt whose worker gives no sign of life for this long counts as lost. @default '5s' */
  heartbeat?: Duration;
  /** The task queue of the worker that runs it. @default the goal's own */
  queue?: string;
  /** Names of the secrets it needs. Its worker has their values, in its environment or in files; an input never has one. @default none */
  secrets?: readonly string[];
  /** The pool whose limits its attempts share, over all goals, workers and machines. @default none */
  pool?: Pool;
  /**
   * Says that an attempt takes well under a second. Calls of the same moment then travel together, many to an activity. An
   * attempt that takes longer than a second there is cut short, and begins again on its own.
   * @default false
   */
  quick?: boolean;
  /**
   * Says that it is quick and harmless to repeat. It then runs without a round trip to Temporal, and runs again if its worker
   * is lost before the run has reported it to Temporal.
   * @default false
   */
  inline?: boolean;
  /** How large the pieces are into which a map cuts a dataset. @default the dataset's own partitions */
  scale?: Scale;
}

/** A declared job: the contract, apart from the code (`bind`, in the worker). Fields that end in `Ms` are milliseconds. */
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
  /** Also true of an inline job. */
  readonly quick: boolean;
  readonly inline: boolean;
  readonly scale: Scale | null;
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: JobDeclaration<Input, Output>;
}

export const DEFAULT_HEARTBEAT_MS = 5000;

/**
 * Declares a job: one unit of work that a goal's `pursue` may run. `bind` joins it to code in the worker. It never throws: the
 * worker reports all mistakes of all declarations at once when it starts.
 *
 * @example
 * ```ts
 * import { job } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * export const loadDay = job({
 *   name: 'load-day',
 *   input: z.object({ day: z.iso.date() }),
 *   output: z.object({ rows: z.int() }),
 *   timeout: '10m',
 *   retry: { attempts: 5, delay: '1s', permanent: ['not_found'] },
 *   secrets: ['WAREHOUSE_PASSWORD'],
 * });
 * ```
 */
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
