// What a criterion measured, with the bounds that judge it. Pure: it runs in the workflow sandbox and everywhere else.

/** How a measured value is judged against the goal's own earlier runs. */
export interface Within {
  /** The value is at most the reference times this, and at least the reference divided by it. More than 1. */
  factor: number;
  /** Which reference is made of the earlier values. */
  of: 'median' | 'mean';
  /** How many of the goal's latest achieved runs are read, of any key: 1 to 50. */
  last: number;
}

/** The bounds of a measured value. Without any, the value is kept and judges nothing. */
export interface MeasuredBounds {
  /** The criterion is met by this value and above. @default no bound */
  atLeast?: number;
  /** The criterion is met by this value and below. @default no bound */
  atMost?: number;
  /** The unit of the value, for whoever reads it: `'rows'`, `'EUR'`. @default none */
  unit?: string;
  /**
   * Judges the value against the goal's own past. With fewer than `PAST_RUNS` earlier values it judges nothing, and says so.
   * @default not judged so
   */
  within?: Within;
}

/** The answer of a criterion that has a value, as `measured` returns it. */
export interface Measured extends MeasuredBounds {
  readonly kind: 'measured';
  readonly value: number;
}

/** So many earlier values it takes to judge by them. */
export const PAST_RUNS = 3;

/** Earlier runs that one criterion may ask for. */
export const PAST_LIMIT = 50;

/**
 * The answer of a criterion that measures: the value is kept with each run, and judged by its bounds.
 *
 * @throws TypeError where the value is not a finite number, or a bound is none. The run then fails with `criterion_threw`.
 * @example
 * ```ts
 * import { measured } from 'goalkeeper';
 *
 * export const criteria = {
 *   'the rows arrived': ({ rows }: { rows: number }) =>
 *     measured(rows, { atLeast: 100, atMost: 1_000_000, unit: 'rows', within: { factor: 2, of: 'median', last: 14 } }),
 * };
 * ```
 */
export function measured(value: number, bounds: MeasuredBounds = {}): Measured {
  const { atLeast, atMost, within } = bounds;
  for (const [name, given] of Object.entries({ value, atLeast, atMost }))
    if ((name === 'value' || given !== undefined) && !Number.isFinite(given))
      throw new TypeError(`measured() got ${String(given)} as ${name}; give a finite number`);
  if (atLeast !== undefined && atMost !== undefined && atLeast > atMost)
    throw new TypeError(`measured() got atLeast ${atLeast} above atMost ${atMost}; no value fits both`);
  if (within !== undefined) {
    const { factor, of, last } = within;
    if (!(Number.isFinite(factor) && factor > 1))
      throw new TypeError(`measured() got a factor of ${String(factor)}; give a number above 1`);
    if (of !== 'median' && of !== 'mean')
      throw new TypeError(`measured() got of: ${JSON.stringify(of)}; give 'median' or 'mean'`);
    if (!(Number.isInteger(last) && last >= 1 && last <= PAST_LIMIT))
      throw new TypeError(`measured() got last: ${String(last)}; give an integer from 1 to ${PAST_LIMIT}`);
  }
  return { ...bounds, kind: 'measured', value };
}
