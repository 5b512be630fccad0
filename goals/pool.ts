/** What an author gives to `pool`: at least one of the limits. */
export interface PoolDeclaration {
  /** Kebab-case, at most 60 characters. Every job of the namespace that names it shares its limits. */
  name: string;
  /** So many attempts at once, over all goals, workers and machines. 1 to 500. */
  atOnce?: number;
  /** So many attempts begin in a second, over all goals, workers and machines. 1 to 1000. */
  perSecond?: number;
}

/** What many jobs use and may not overwhelm: a database, another's service, a licence. */
export interface Pool {
  readonly kind: 'pool';
  readonly name: string;
  readonly atOnce: number | null;
  readonly perSecond: number | null;
  /** As the author wrote it: what is checked when the worker starts. */
  readonly declared: PoolDeclaration;
}

/** Declares a pool. It never throws: what is wrong with it is said, all at once, when the worker starts. */
export function pool(declared: PoolDeclaration): Pool {
  const { name, atOnce = null, perSecond = null } = declared;
  return { kind: 'pool', name, atOnce, perSecond, declared };
}

const LIMITS = { atOnce: 500, perSecond: 1000 } as const;

/** What is impossible in a pool's limits, one sentence each. */
export function problemsOfLimits(declared: PoolDeclaration): string[] {
  if (declared.atOnce === undefined && declared.perSecond === undefined)
    return ['has no limit; give atOnce, perSecond or both'];
  return (['atOnce', 'perSecond'] as const).flatMap((field) => {
    const [given, most] = [declared[field], LIMITS[field]];
    const isPossible = given === undefined || (Number.isInteger(given) && given >= 1 && given <= most);
    return isPossible ? [] : [`${field} is ${JSON.stringify(given)}; give a whole number, 1 to ${most}`];
  });
}
