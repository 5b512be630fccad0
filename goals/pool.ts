/** The limits of a pool, at least one: the argument of `pool`. */
export interface PoolDeclaration {
  /** Kebab-case, at most 60 characters. All jobs of the Temporal namespace that name it share its limits. */
  name: string;
  /** The most attempts at once, 1 to 500, over all goals, workers and machines. @default no limit */
  atOnce?: number;
  /** The most attempts that begin in a second, 1 to 1000, over all goals, workers and machines. @default no limit */
  perSecond?: number;
}

/** A resource that many jobs share and must not overwhelm: a database, another team's service, a licence. */
export interface Pool {
  readonly kind: 'pool';
  readonly name: string;
  readonly atOnce: number | null;
  readonly perSecond: number | null;
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: PoolDeclaration;
}

/**
 * Declares a pool, to be named by jobs (`pool` of `job`). It never throws: the worker reports all mistakes at once when it
 * starts.
 *
 * @example
 * ```ts
 * import { job, pool } from 'goalkeeper';
 * import { z } from 'zod';
 *
 * export const warehouse = pool({ name: 'warehouse', atOnce: 8, perSecond: 50 });
 *
 * export const loadDay = job({
 *   name: 'load-day',
 *   input: z.object({ day: z.iso.date() }),
 *   output: z.object({ rows: z.int() }),
 *   pool: warehouse,
 * });
 * ```
 */
export function pool(declared: PoolDeclaration): Pool {
  const { name, atOnce = null, perSecond = null } = declared;
  return { kind: 'pool', name, atOnce, perSecond, declared };
}

const LIMITS = { atOnce: 500, perSecond: 1000 } as const;

/** What is impossible in a pool's limits, one sentence each. */
export function issuesOfLimits(declared: PoolDeclaration): string[] {
  if (declared.atOnce === undefined && declared.perSecond === undefined)
    return ['has no limit; give atOnce, perSecond or both'];
  return (['atOnce', 'perSecond'] as const).flatMap((field) => {
    const [given, most] = [declared[field], LIMITS[field]];
    const isPossible = given === undefined || (Number.isInteger(given) && given >= 1 && given <= most);
    return isPossible ? [] : [`${field} is ${JSON.stringify(given)}; give a whole number, 1 to ${most}`];
  });
}
